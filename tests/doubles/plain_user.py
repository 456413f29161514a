"""Being held to file permissions, also where the tests run as root."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_LIBC = ctypes.CDLL(None, use_errno=True)
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_VERSION_3 = 0x20080522
_PR_CAPBSET_DROP = 24


def renounce_root_powers() -> None:
    """Before a program starts (``preexec_fn``): it may pass over permissions as little as anyone.

    Without privileges this fails, and there is nothing to renounce.
    """
    for power in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        _LIBC.prctl(_PR_CAPBSET_DROP, power, 0, 0, 0)


@contextmanager
def without_root_powers() -> Iterator[None]:
    """Hold this thread to file permissions for a while."""
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; low words, then high
    assert _LIBC.capget(header, data) == 0
    before = data[0]
    data[0] &= ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    assert _LIBC.capset(header, data) == 0
    try:
        yield
    finally:
        data[0] = before
        assert _LIBC.capset(header, data) == 0
