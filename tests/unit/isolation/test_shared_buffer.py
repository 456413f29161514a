from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.isolation import SharedBuffer, SharedBufferError


def descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


@given(st.binary(min_size=1, max_size=10_000))
def test_a_buffer_holds_what_it_was_given(data: bytes) -> None:
    with SharedBuffer.holding(data) as buffer:
        assert bytes(buffer.view) == data
        assert buffer.size_bytes == len(data)


def test_what_one_side_writes_the_other_reads() -> None:
    with SharedBuffer.create(100) as ours:
        theirs = SharedBuffer.attach(os.dup(ours.descriptor))
        np.frombuffer(theirs.view, np.uint8)[:] = 7
        assert bytes(ours.view) == b"\x07" * 100
        theirs.close()


def test_nobody_can_change_a_held_picture() -> None:
    with SharedBuffer.holding(b"picture") as buffer:
        with pytest.raises(OSError, match="not permitted"):
            os.pwrite(buffer.descriptor, b"x", 0)
        with pytest.raises(OSError, match="not permitted"):
            mmap.mmap(buffer.descriptor, 7, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        with SharedBuffer.attach(os.dup(buffer.descriptor)) as attached:
            assert attached.view.readonly


def test_nobody_can_shrink_a_buffer_under_its_reader() -> None:
    with SharedBuffer.create(8_192) as buffer:
        for size in (0, 4_096, 16_384):
            with pytest.raises(PermissionError):
                os.ftruncate(buffer.descriptor, size)


def test_a_file_that_can_shrink_is_no_buffer() -> None:
    unsealed = os.memfd_create("loose", os.MFD_ALLOW_SEALING)
    os.ftruncate(unsealed, 10)
    try:
        with pytest.raises(SharedBufferError):
            SharedBuffer.attach(unsealed)
    finally:
        os.close(unsealed)


def test_an_ordinary_file_is_no_buffer() -> None:
    with tempfile.TemporaryFile() as file, pytest.raises(OSError, match="Invalid argument"):
        SharedBuffer.attach(file.fileno())


@pytest.mark.parametrize("size", [0, -1])
def test_a_buffer_holds_at_least_a_byte(size: int) -> None:
    with pytest.raises(SharedBufferError):
        SharedBuffer.create(size)


def test_a_closed_buffer_has_no_bytes_and_closes_again() -> None:
    buffer = SharedBuffer.create(10)
    buffer.close()
    buffer.close()
    with pytest.raises(SharedBufferError):
        _ = buffer.view
    with pytest.raises(SharedBufferError):
        _ = buffer.descriptor


def test_a_view_outlives_its_closed_buffer() -> None:
    buffer = SharedBuffer.holding(b"still here")
    view = buffer.view
    buffer.close()
    assert bytes(view) == b"still here"


@pytest.mark.parametrize("make", [SharedBuffer.holding, SharedBuffer.create])
def test_a_buffer_that_cannot_be_sealed_leaves_no_descriptor(
    make: Callable[..., SharedBuffer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Operation not supported")

    monkeypatch.setattr("ostraka.isolation.shared_buffer.fcntl.fcntl", refuse)
    before = descriptors()
    with pytest.raises(OSError, match="not supported"):
        make(b"data" if make == SharedBuffer.holding else 4)
    assert descriptors() == before
