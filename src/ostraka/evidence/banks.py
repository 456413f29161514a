"""Banks of known pictures: fingerprints that are blocked, and declared exceptions to them."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.errors import BankFullError, CorruptBankError
from ostraka.evidence.hamming import WORDS, HammingIndex, Words, words_of
from ostraka.evidence.known_picture import (
    LEAST_QUALITY,
    MOST_REACH_BITS,
    BankAnswer,
    BankEntry,
    BankLabel,
    Finding,
    KnownFingerprint,
)
from ostraka.limits import DEFAULT_LIMITS, Limits


class _Notes(NamedTuple):
    """What is known of every entry, in the index's order; a reach of -1 marks a removed entry."""

    labels: NDArray[np.uint8]
    reach_bits: NDArray[np.int8]
    sources: NDArray[np.int32]

    @classmethod
    def empty(cls) -> _Notes:
        """Return the notes of no entries."""
        return cls(np.empty(0, np.uint8), np.empty(0, np.int8), np.empty(0, np.int32))

    def followed_by(self, later: _Notes) -> _Notes:
        """Return both, one after the other."""
        return _Notes(
            np.concatenate([self.labels, later.labels]),
            np.concatenate([self.reach_bits, later.reach_bits]),
            np.concatenate([self.sources, later.sources]),
        )


class Bank:
    """One list of known pictures; lookups are exact within each entry's reach.

    An exception wins within its own reach, unless a blocked entry is nearer still. One writer at a
    time: a bank that is being changed must not be looked up from another thread.
    """

    def __init__(
        self, entries: Iterable[BankEntry] = (), *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._most = int(limits.bank_entries)
        self._index = HammingIndex()
        self._notes = _Notes.empty()
        self._source_names: list[str] = []
        self._source_numbers: dict[str, int] = {}
        self.add(entries)

    def __len__(self) -> int:
        return int(np.count_nonzero(self._notes.reach_bits >= 0))

    def count(self, label: BankLabel) -> int:
        """Return how many entries have this label."""
        kept = self._notes.reach_bits >= 0
        return int(np.count_nonzero(self._notes.labels[kept] == _LABELS.index(label)))

    def add(self, entries: Iterable[BankEntry]) -> None:
        """Add entries, all or none.

        Raises:
            BankFullError: there would be more than ``limits.bank_entries``.
        """
        known = list(entries)
        sources = np.array([self._source_number(entry.source) for entry in known], np.int32)
        labels = np.array([_LABELS.index(entry.label) for entry in known], np.uint8)
        reaches = np.array([entry.reach_bits for entry in known], np.int8)
        words = np.array([words_of(entry.bits) for entry in known], np.uint64)
        self._append(words.reshape(-1, WORDS), _Notes(labels, reaches, sources))

    def put(self, entries: Iterable[BankEntry]) -> int:
        """Add entries, all or none, each in place of those of the same bits: the last word counts.

        Returns:
            How many entries were in the bank before and are so no more.

        Raises:
            BankFullError: there would be more than ``limits.bank_entries``.
        """
        latest = {entry.bits: entry for entry in entries}
        words = np.array([words_of(bits) for bits in latest], np.uint64).reshape(-1, WORDS)
        kept = np.flatnonzero(self._notes.reach_bits >= 0)
        replaced = kept[np.isin(_keys(self._index.words(kept)), _keys(words))]
        self._check_room(len(latest) - len(replaced))
        self._blank(replaced)
        self.add(latest.values())
        return len(replaced)

    def remove(self, bits: int) -> int:
        """Remove and overwrite every entry of exactly these bits; return how many there were."""
        numbers, _ = self._index.within(bits, radius_bits=0)
        numbers = numbers[self._notes.reach_bits[numbers] >= 0]
        self._blank(numbers)
        return len(numbers)

    def look_up(self, fingerprint: KnownFingerprint) -> BankAnswer:
        """Return what this bank says of a picture with this fingerprint.

        A query of low quality is looked up, too. Attack: a known picture at an eighth of its
        contrast keeps its bits and loses its quality. Entries are of good quality, and unrelated
        noise is near none of them.
        """
        numbers, distances = self._index.within(fingerprint.bits, radius_bits=MOST_REACH_BITS)
        reached = distances.astype(np.int16) <= self._notes.reach_bits[numbers]
        numbers, distances = numbers[reached], distances[reached]
        if not numbers.size:
            weak = fingerprint.quality < LEAST_QUALITY
            return BankAnswer(Finding.LOW_QUALITY if weak else Finding.UNKNOWN)
        labels = self._notes.labels[numbers]
        nearest = np.lexsort((labels != _LABELS.index(BankLabel.ALLOWED), distances))[0]
        source = self._source_names[self._notes.sources[numbers[nearest]]]
        finding = Finding(_LABELS[labels[nearest]])
        return BankAnswer(finding, source, int(distances[nearest]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the entries as plain arrays: ``words`` (n, 4), lowest 64 bits first, and notes.

        Of what was removed nothing is in them, nor where it came from.
        """
        kept = np.flatnonzero(self._notes.reach_bits >= 0)
        notes = {name: values[kept] for name, values in self._notes._asdict().items()}
        used, numbers = np.unique(notes["sources"], return_inverse=True)
        names = np.array([self._source_names[number] for number in used.tolist()] or [""])
        notes["sources"] = numbers.astype(np.int32)
        return {"words": self._index.words(kept), **notes, "source_names": names}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], *, limits: Limits = DEFAULT_LIMITS
    ) -> Self:
        """Return the bank that :meth:`arrays` gave out.

        Raises:
            CorruptBankError: other arrays, or values no bank holds.
            BankFullError: more entries than ``limits.bank_entries``.
        """
        if not _is_bank(arrays):
            raise CorruptBankError("the stored arrays are no bank")
        bank = cls(limits=limits)
        bank._become(arrays)
        return bank

    def save(self, path: Path) -> None:
        """Write the entries to ``path`` as an npz of plain arrays, whole or not at all.

        The file is its owner's alone: a fingerprint says a little of its picture.
        """
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                np.savez(file, allow_pickle=False, **self.arrays())
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

    @classmethod
    def load(cls, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Read a bank that :meth:`save` wrote; a file is data, never code."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except _UNREADABLE as error:
            raise CorruptBankError(f"{path.name} holds no bank", detail=repr(error)) from error
        return cls.from_arrays(arrays, limits=limits)

    def _become(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._index, self._notes = HammingIndex(), _Notes.empty()
        self._source_names = [str(name) for name in arrays["source_names"]]
        self._source_numbers = {name: number for number, name in enumerate(self._source_names)}
        self._append(arrays["words"], _Notes(*(arrays[name] for name in _Notes._fields)))

    def _append(self, words: Words, notes: _Notes) -> None:
        self._check_room(len(words))
        self._index.add(words)
        self._notes = self._notes.followed_by(notes)

    def _check_room(self, more: int) -> None:
        after = len(self) + more
        if after > self._most:
            raise BankFullError("bank entries", limit=self._most, actual=after)

    def _blank(self, numbers: NDArray[np.intp]) -> None:
        self._index.blank(numbers)
        self._notes.reach_bits[numbers] = -1
        if len(self._index) > 2 * len(self) + _MOST_BLANK:
            self._become(self.arrays())

    def _source_number(self, source: str) -> int:
        number = self._source_numbers.setdefault(source, len(self._source_names))
        if number == len(self._source_names):
            self._source_names.append(source)
        return number


class Banks:
    """Several banks under their names, each answering for itself.

    An exception counts in its own bank alone: a list taken over from elsewhere cannot lift what
    another list blocks.
    """

    def __init__(self, banks: Mapping[str, Bank]) -> None:
        self.banks = dict(banks)

    def look_up(self, fingerprint: KnownFingerprint) -> dict[str, BankAnswer]:
        """Return every bank's answer by its name."""
        return {name: bank.look_up(fingerprint) for name, bank in self.banks.items()}

    def is_near_blocked(self, fingerprint: KnownFingerprint) -> bool:
        """Say whether any bank blocks pictures like this one."""
        answers = self.look_up(fingerprint).values()
        return any(answer.finding is Finding.BLOCKED for answer in answers)


_MOST_BLANK = 4096
_LABELS = (BankLabel.BLOCKED, BankLabel.ALLOWED)
# What numpy raises for a missing, torn or foreign file, an npy file or a pickle.
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile)


def _keys(words: Words) -> NDArray[np.bytes_]:
    """Return each fingerprint (n, 4) as one value that can be compared and sorted."""
    return np.ascontiguousarray(words).view("S32").reshape(-1)


def _is_bank(arrays: Mapping[str, NDArray[Any]]) -> bool:
    if set(arrays) != {"words", *_Notes._fields, "source_names"}:
        return False
    labels, reaches, sources = (arrays[name] for name in _Notes._fields)
    words, names = arrays["words"], arrays["source_names"]
    types = [a.dtype for a in (words, labels, reaches, sources)]
    if types != [np.uint64, np.uint8, np.int8, np.int32] or names.dtype.kind != "U":
        return False
    count = len(labels) if labels.ndim else -1
    if words.shape != (count, WORDS) or names.ndim != 1:
        return False
    if {labels.shape, reaches.shape, sources.shape} != {(count,)}:
        return False
    ranges = ((labels, len(_LABELS)), (reaches, MOST_REACH_BITS + 1), (sources, len(names)))
    return all(bool(((a >= 0) & (a < stop)).all()) for a, stop in ranges)
