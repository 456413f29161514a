"""Faults of the jail."""

from __future__ import annotations

from ostraka.errors import InternalError, OperatorError


class SealRefusedError(OperatorError):
    """This machine cannot hold the jail's promise, so nothing hostile may be read on it."""

    code = "seal_refused"


class SharedBufferError(InternalError):
    """A shared buffer could not be made, or was used against its contract."""

    code = "shared_buffer"
