"""Memory that two processes share, and nothing else between them."""

from __future__ import annotations

import fcntl
import mmap
import os
from types import TracebackType
from typing import Self

from ostraka.isolation.errors import SharedBufferError

# Not yet named in Python 3.11's fcntl (Linux include/uapi/linux/fcntl.h).
_ADD_SEALS, _GET_SEALS = 1033, 1034
_SEAL_SEAL, _SEAL_SHRINK, _SEAL_GROW, _SEAL_WRITE = 0x1, 0x2, 0x4, 0x8
_FIXED_SIZE = _SEAL_SEAL | _SEAL_SHRINK | _SEAL_GROW


class SharedBuffer:
    """Anonymous memory of a fixed size behind a descriptor.

    Its size is sealed, so that a hostile peer cannot shrink it under a reader (SIGBUS). Whatever a
    peer can write is untrusted, and may change while it is read unless that peer has ended.
    """

    def __init__(self, descriptor: int, *, size_bytes: int, writable: bool) -> None:
        self._descriptor: int | None = descriptor
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        self._map = mmap.mmap(descriptor, size_bytes, mmap.MAP_SHARED, protection)
        self.size_bytes = size_bytes

    @classmethod
    def create(cls, size_bytes: int) -> Self:
        """Make a zeroed, writable buffer; pages cost memory only once touched."""
        descriptor = _memory_file(size_bytes)
        try:
            fcntl.fcntl(descriptor, _ADD_SEALS, _FIXED_SIZE)
            return cls(descriptor, size_bytes=size_bytes, writable=True)
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def holding(cls, data: bytes) -> Self:
        """Make a buffer with this content that nobody, its maker included, can change again."""
        descriptor = _memory_file(len(data))
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            fcntl.fcntl(descriptor, _ADD_SEALS, _FIXED_SIZE | _SEAL_WRITE)
            return cls(descriptor, size_bytes=len(data), writable=False)
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def attach(cls, descriptor: int) -> Self:
        """Map a buffer that another process made; the descriptor becomes this object's.

        Raises:
            SharedBufferError: The descriptor's size is not sealed: not one of ours.
        """
        seals = fcntl.fcntl(descriptor, _GET_SEALS)
        if seals & _FIXED_SIZE != _FIXED_SIZE:
            raise SharedBufferError("a shared buffer must be of sealed size")
        size_bytes = os.fstat(descriptor).st_size
        return cls(descriptor, size_bytes=size_bytes, writable=not seals & _SEAL_WRITE)

    @property
    def descriptor(self) -> int:
        """The descriptor to hand to the other process (``pass_fds``, ``socket.send_fds``)."""
        if self._descriptor is None:
            raise SharedBufferError("the buffer is closed")
        return self._descriptor

    @property
    def view(self) -> memoryview:
        """The bytes themselves, without a copy; ``numpy.frombuffer`` takes it as it is."""
        if self._descriptor is None:
            raise SharedBufferError("the buffer is closed")
        return memoryview(self._map)

    def close(self) -> None:
        """Give the memory back, or have it given back once the last view into it is gone."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            # a traceback may hold a view; without one this is the last reference
            del self._map

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _memory_file(size_bytes: int) -> int:
    if size_bytes <= 0:
        raise SharedBufferError("a shared buffer holds at least one byte")
    descriptor = os.memfd_create("ostraka", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size_bytes)
    return descriptor
