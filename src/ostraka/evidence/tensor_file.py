"""A reader for PyTorch's older weights files that can build tensors and nothing else.

Such a file is a row of pickles followed by raw storages. A pickle is a program; this reader knows
four names (an ordered dictionary, a tensor and two kinds of storage) and refuses all others, so
that a weights file cannot run code.

Source: PyTorch ``torch/serialization.py``, the format written before version 1.6.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.errors import UnsafeWeightsError, WeightsUnreadableError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_STORAGE_ENTRIES = 5


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild_tensor(
    storage: object, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise WeightsUnreadableError("a tensor of the weights file has no storage")
    return _Tensor(storage, offset, shape, stride)


class _RestrictedUnpickler(pickle.Unpickler):
    """Unpickles tensors by name; every other name is refused, not imported."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the base class's signature
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise UnsafeWeightsError(
            "the weights file asks for code and was refused", detail=f"{module}.{name}"
        )

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401 - the base class's signature
        if not (isinstance(pid, tuple) and len(pid) >= _STORAGE_ENTRIES and pid[0] == "storage"):
            raise WeightsUnreadableError("the weights file refers to something not a storage")
        _, dtype, key, _, count = pid[:_STORAGE_ENTRIES]
        return _Storage(str(key), dtype, int(count))


def read_tensors(content: bytes) -> dict[str, NDArray[Any]]:
    """Return name -> array of every tensor in the file.

    Raises:
        UnsafeWeightsError: the file names anything but tensors.
        WeightsUnreadableError: the file is broken.
    """
    stream = io.BytesIO(content)
    try:
        if _load(stream) != _MAGIC or _load(stream) != _PROTOCOL:
            raise WeightsUnreadableError("this is not a weights file of the expected format")
        _load(stream)  # the writer's machine, which does not matter: sizes are in the type names
        tensors = _load(stream)
        storages = _read_storages(stream, keys=_load(stream), tensors=tensors)
        return {name: _array(tensor, storages) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, struct.error, EOFError, ValueError, TypeError) as fault:
        raise WeightsUnreadableError("the weights file is broken", detail=repr(fault)) from fault
    except (AttributeError, KeyError, IndexError, OverflowError, MemoryError) as fault:
        raise WeightsUnreadableError("the weights file is broken", detail=repr(fault)) from fault


def _load(stream: io.BytesIO) -> Any:  # noqa: ANN401 - what a pickle holds is checked by the caller
    return _RestrictedUnpickler(stream).load()


def _read_storages(
    stream: io.BytesIO, *, keys: list[str], tensors: dict[str, _Tensor]
) -> dict[str, NDArray[Any]]:
    declared = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    storages = {}
    for key in keys:
        storage = declared[key]
        (count,) = struct.unpack("<q", stream.read(8))
        if count != storage.count:
            raise WeightsUnreadableError("a storage is not as long as the file says")
        raw = stream.read(count * storage.dtype.itemsize)
        storages[key] = np.frombuffer(raw, storage.dtype, count)
    return storages


def _array(tensor: _Tensor, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
    storage = storages[tensor.storage.key]
    axes = list(zip(tensor.shape, tensor.stride, strict=True))
    last = tensor.offset + sum((length - 1) * step for length, step in axes)
    if min([tensor.offset, *tensor.shape, *tensor.stride]) < 0 or last >= storage.size:
        raise WeightsUnreadableError("a tensor lies outside its storage")
    # Bounds are checked above: an array reaching outside its storage would read foreign memory.
    strides = tuple(step * storage.itemsize for step in tensor.stride)
    view = np.lib.stride_tricks.as_strided(
        storage[tensor.offset :], tensor.shape, strides, writeable=False
    )
    return np.array(view, order="C")
