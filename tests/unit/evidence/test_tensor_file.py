from __future__ import annotations

import io
import os
import pickle
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.evidence.errors import UnsafeWeightsError, WeightsUnreadableError
from ostraka.evidence.tensor_file import read_tensors

MAGIC = 0x1950A86A20F9469CFC6C


def opcodes(shape: tuple[int, ...], stride: tuple[int, ...], *, offset: int = 0) -> bytes:
    """Return the pickle program of a dictionary with one tensor, as PyTorch writes it."""

    def numbers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"J" + struct.pack("<i", value) for value in values) + b"t"

    storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x00kX\x03\0\0\0cpuK\x06NtQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage
    tensor += b"J" + struct.pack("<i", offset) + numbers(shape) + numbers(stride)
    tensor += b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}X\x01\0\0\0w" + tensor + b"s."


def weights_file(tensors: bytes, *, values: int = 6) -> bytes:
    parts = [pickle.dumps(MAGIC, 2), pickle.dumps(1001, 2), pickle.dumps({}, 2), tensors]
    parts += [pickle.dumps(["k"], 2), struct.pack("<q", values)]
    return b"".join(parts) + np.arange(values, dtype="<f4").tobytes()


class Malicious:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def test_a_tensor_is_read_with_its_shape() -> None:
    tensors = read_tensors(weights_file(opcodes((2, 3), (3, 1))))
    assert np.array_equal(tensors["w"], [[0, 1, 2], [3, 4, 5]])


def test_a_tensor_stored_the_other_way_round_is_turned() -> None:
    tensors = read_tensors(weights_file(opcodes((3, 2), (1, 3))))
    assert np.array_equal(tensors["w"], [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize(
    "bait",
    [
        Malicious(os.system, "touch /tmp/owned-by-a-pickle"),
        Malicious(eval, "1 + 1"),
        Malicious(getattr, "text", "upper"),
        Malicious(io.open, "/etc/passwd"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_a_pickle_that_would_run_code_is_refused_wherever_it_stands(bait: Any, place: int) -> None:
    parts = [pickle.dumps(MAGIC, 2), pickle.dumps(1001, 2), pickle.dumps({}, 2)]
    parts += [opcodes((2, 3), (3, 1)), pickle.dumps(["k"], 2)]
    parts[place] = pickle.dumps(bait, 2)
    with pytest.raises(UnsafeWeightsError):
        read_tensors(b"".join(parts) + struct.pack("<q", 6) + bytes(24))


@pytest.mark.parametrize(
    ("shape", "stride", "offset"),
    [
        ((2, 4), (4, 1), 0),
        ((2, 3), (300_000, 1), 0),
        ((2, 3), (3, 1), 1),
        ((2, 3), (3, 1), -1),
        ((2, 3), (-3, 1), 5),
        ((-2, 3), (3, 1), 0),
        ((2, 3), (3,), 0),
    ],
)
def test_a_tensor_that_reaches_outside_its_storage_is_refused(
    shape: tuple[int, ...], stride: tuple[int, ...], offset: int
) -> None:
    with pytest.raises(WeightsUnreadableError):
        read_tensors(weights_file(opcodes(shape, stride, offset=offset)))


def test_a_storage_of_another_length_than_declared_is_refused() -> None:
    with pytest.raises(WeightsUnreadableError):
        read_tensors(weights_file(opcodes((2, 3), (3, 1)), values=5))


@given(st.integers(0, 220))
def test_a_truncated_file_is_refused(length: int) -> None:
    whole = weights_file(opcodes((2, 3), (3, 1)))
    if length < len(whole):
        with pytest.raises((WeightsUnreadableError, UnsafeWeightsError)):
            read_tensors(whole[:length])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_and_nothing_worse(content: bytes) -> None:
    with pytest.raises((WeightsUnreadableError, UnsafeWeightsError)):
        read_tensors(content)
