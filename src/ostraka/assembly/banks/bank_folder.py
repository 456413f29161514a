"""The folder of banks: one file a bank, under its name, changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ostraka.evidence.banks import Bank, Banks
from ostraka.evidence.errors import BankNameError

_SUFFIX: Final = ".npz"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class BankFolder:
    """All banks of one installation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of all banks, in order."""
        return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}"))

    def open_all(self) -> Banks:
        """Return every bank, to look pictures up in.

        Raises:
            CorruptBankError: one cannot be read, and what it blocks would pass unseen.
        """
        return Banks({name: Bank.load(self._path(name)) for name in self.names()})

    def check_name(self, name: str) -> None:
        """Refuse a name that no bank may have: a name leads to a file, and nowhere else.

        Raises:
            BankNameError: it is not of the characters that names are made of.
        """
        if not _NAME.fullmatch(name):
            raise BankNameError(
                "a bank's name is of small letters, digits, - and _, 64 at most, such as my-list"
            )

    def check_exists(self, name: str) -> None:
        """Refuse the name of a bank that is not there.

        Raises:
            BankNameError: there is none of this name.
        """
        self.check_name(name)
        if not self._path(name).exists():
            there = ", ".join(self.names()) or "none yet"
            raise BankNameError(f"there is no bank {name} (there are: {there})")

    @contextmanager
    def changing(self, name: str, *, made: bool) -> Iterator[Bank]:
        """Lend a bank to change; it is written at the end, unless anything was raised.

        Args:
            name: the bank's.
            made: make it where there is none.

        Raises:
            BankNameError: no bank may have the name, or none has it.
        """
        self.check_name(name)
        with self._sole_writer():
            if not made:
                self.check_exists(name)
            path = self._path(name)
            bank = Bank.load(path) if path.exists() else Bank()
            yield bank
            bank.save(path)

    def remove(self, name: str) -> None:
        """Remove a whole bank.

        Raises:
            BankNameError: there is none of this name.
        """
        with self._sole_writer():
            self.check_exists(name)
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    @contextmanager
    def _sole_writer(self) -> Iterator[None]:
        """Wait until no other process changes a bank, so that what two add at once is all kept."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
