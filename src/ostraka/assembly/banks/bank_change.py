"""Putting fingerprints into banks and taking them out, with an account of what could not be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from ostraka.assembly.banks.bank_folder import BankFolder
from ostraka.assembly.banks.fingerprinting import Fingerprinted
from ostraka.evidence.errors import HashListError
from ostraka.evidence.hash_list import FaultyLine, ListedHash, check_are_pdq, read_hash_list
from ostraka.evidence.known_picture import MOST_REACH_BITS, BankEntry, BankLabel

EXCEPTION_REACH_BITS: Final = 8
"""An exception holds for a picture and its re-encodings, not for all that merely looks alike."""

_SOURCE_CHARACTERS: Final = 64


class Unused(BaseModel):
    """A file or line that nothing could be made of: its name, a stable code, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    code: str
    words: str


class BankChange(BaseModel):
    """What one command did to a bank, in fingerprints; ``replaced`` ones were in it before.

    It is what a machine is told, so its form is part of the interface.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank: str
    added: int = 0
    replaced: int = 0
    removed: int = 0
    unused: tuple[Unused, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is said of the fingerprints that are added."""

    allow: bool
    reach_bits: int | None = None

    def entry(self, bits: int, quality: int, *, source: str) -> BankEntry:
        """Return a bank's entry of one fingerprint."""
        usual = EXCEPTION_REACH_BITS if self.allow else MOST_REACH_BITS
        return BankEntry(
            bits=bits,
            quality=quality,
            label=BankLabel.ALLOWED if self.allow else BankLabel.BLOCKED,
            source=source[-_SOURCE_CHARACTERS:],
            reach_bits=usual if self.reach_bits is None else self.reach_bits,
        )


def add_pictures(
    folder: BankFolder, name: str, found: Sequence[Fingerprinted], *, kind: Kind
) -> BankChange:
    """Add the fingerprints of pictures, under the names of their files."""
    entries = [
        kind.entry(each.bits, each.quality, source=Path(one.name).name)
        for one in found
        for each in one.fingerprints
    ]
    return _put(folder, name, entries, unused=_refused(found))


def add_list(folder: BankFolder, name: str, path: Path, *, kind: Kind) -> BankChange:
    """Add the hashes of a list, under what it says of them, else under the list's own name.

    Raises:
        HashListError: the list cannot be read, or is of other hashes than PDQ.
    """
    try:
        with path.open("rb") as file:
            lines = list(read_hash_list(file))
    except OSError as error:
        raise HashListError(f"{path.name} cannot be read: {error.strerror}") from error
    listed = [line for line in lines if isinstance(line, ListedHash)]
    check_are_pdq(listed)
    entries = [kind.entry(x.bits, x.quality, source=x.comment or path.name) for x in listed]
    unused = [
        Unused(name=f"line {line.number}", code=HashListError.code, words=line.words)
        for line in lines
        if isinstance(line, FaultyLine)
    ]
    return _put(folder, name, entries, unused=unused)


def remove_pictures(folder: BankFolder, name: str, found: Sequence[Fingerprinted]) -> BankChange:
    """Remove every entry of exactly these pictures' fingerprints.

    Raises:
        BankNameError: there is no such bank.
    """
    unused, removed = _refused(found), 0
    with folder.changing(name, made=False) as bank:
        for one in found:
            gone = sum(bank.remove(each.bits) for each in one.fingerprints)
            removed += gone
            if one.fingerprints and not gone:
                words = f"not in {name}"
                unused.append(Unused(name=one.name, code="not_in_bank", words=words))
    return BankChange(bank=name, removed=removed, unused=tuple(unused))


def _put(
    folder: BankFolder, name: str, entries: Sequence[BankEntry], *, unused: Iterable[Unused]
) -> BankChange:
    if not entries:
        return BankChange(bank=name, unused=tuple(unused))
    with folder.changing(name, made=True) as bank:
        replaced = bank.put(entries)
    added = len({entry.bits for entry in entries})
    return BankChange(bank=name, added=added, replaced=replaced, unused=tuple(unused))


def _refused(found: Sequence[Fingerprinted]) -> list[Unused]:
    return [
        Unused(name=one.name, code=one.refusal.code, words=one.refusal.words)
        for one in found
        if one.refusal is not None
    ]
