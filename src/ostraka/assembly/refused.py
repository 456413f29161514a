"""Bytes that were refused lately, so that many copies of one slow file cost what one does."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from ostraka.errors import SenderError

_REMEMBERED: Final = 1000


class RefusedLately:
    """The last refusals by SHA-256 of the refused bytes; usable from several threads.

    Attack: a file that keeps the decoder until its time is over, a thousand times in one folder.
    Only what is the sender's fault is remembered: another try might mend every other fault.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._refusals: OrderedDict[str, SenderError] = OrderedDict()

    def remember(self, sha256: str, error: SenderError) -> None:
        """Keep a refusal, in place of the oldest one where there are too many."""
        with self._guard:
            self._refusals[sha256] = error
            if len(self._refusals) > _REMEMBERED:
                self._refusals.popitem(last=False)

    def check(self, sha256: str) -> None:
        """Refuse what was refused lately.

        Raises:
            SenderError: as before.
        """
        with self._guard:
            error = self._refusals.get(sha256)
        if error is not None:
            raise error.with_traceback(None)  # or each copy would lengthen it
