"""A release's arrays as safetensors: plain numbers under plain names, never code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ostraka.ensemble import Heads
from ostraka.evidence.model import Space
from ostraka.evidence.projection import Block, Projection
from ostraka.learning.errors import ReleaseRefusedError
from ostraka.learning.release_format import BlockEntry, SpaceEntry
from ostraka.moderation.judge import SpaceJudge

Arrays = Mapping[str, NDArray[Any]]


def pack(arrays: Arrays) -> bytes:
    """Return the arrays as one safetensors file."""
    return save({name: np.ascontiguousarray(value) for name, value in arrays.items()})


def unpack(data: bytes, *, name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file.

    Raises:
        ReleaseRefusedError: it is none.
    """
    try:
        return dict(load(data))
    except (SafetensorError, ValueError, KeyError) as error:
        raise ReleaseRefusedError("content", f"{name} is not a safetensors file") from error


def under(arrays: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    """Return the arrays whose names start with ``prefix``, without it."""
    return {name[len(prefix) :]: a for name, a in arrays.items() if name.startswith(prefix)}


def _prefixed(arrays: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    return {f"{prefix}{name}": value for name, value in arrays.items()}


def projection_arrays(projection: Projection) -> dict[str, NDArray[Any]]:
    """Return a projection's arrays, named by space and extractor."""
    packed: dict[str, NDArray[Any]] = {}
    for block in projection.blocks:
        arrays = {"mean": block.mean, "axes": block.axes, "variances": block.variances}
        packed |= _prefixed(arrays, f"{projection.space.value}/{block.extractor}/")
    return packed


def projection_from(entry: SpaceEntry, arrays: Arrays) -> Projection:
    """Return the projection that a manifest's entry and the projection file describe."""
    return Projection(entry.space, tuple(_block(entry.space, b, arrays) for b in entry.blocks))


def _block(space: Space, entry: BlockEntry, arrays: Arrays) -> Block:
    own = under(arrays, f"{space.value}/{entry.extractor}/")
    block = Block(
        extractor=entry.extractor,
        mean=own["mean"],
        axes=own["axes"],
        variances=own["variances"],
        rest_variance=entry.rest_variance,
        whitening=entry.whitening,
    )
    if block.axes.shape != (block.mean.size, block.variances.size):
        raise ReleaseRefusedError("content", f"projection of {entry.extractor}")
    return block


def heads_arrays(judge: SpaceJudge) -> dict[str, NDArray[Any]]:
    """Return all heads of a space: the shards', the base's, and the base's per extractor."""
    space = judge.space.value
    packed = _prefixed(judge.heads.arrays(), f"{space}/shards/")
    packed |= _prefixed(judge.base.arrays(), f"{space}/base/")
    for name, heads in judge.extractors.items():
        packed |= _prefixed(heads.arrays(), f"{space}/extractor/{name}/")
    return packed


def heads_from(arrays: Arrays, prefix: str, *, policies: tuple[str, ...]) -> Heads:
    """Return the heads stored under ``prefix``."""
    return Heads.from_arrays(under(arrays, prefix), policies=policies)
