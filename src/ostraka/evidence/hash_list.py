"""Lists of PDQ hashes as they are exchanged: a line of text for each, and what it says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from ostraka.evidence.errors import HashListError
from ostraka.evidence.hamming import FINGERPRINT_BITS
from ostraka.evidence.known_picture import LEAST_QUALITY

COMMENT_CHARACTERS: Final = 64
"""How much of a comment is kept."""

_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_HEADERS: Final = frozenset({"hash", "pdq", "pdq_hash", "pdqhash"})
_LINE_BYTES: Final = 4_096
_BEST_QUALITY: Final = 100
_FEWEST_TO_JUDGE: Final = 20
_HALF_OFF_BITS: Final = 2


@dataclass(frozen=True)
class ListedHash:
    """One line that names a hash; a list that says nothing of quality vouches for it."""

    bits: int
    quality: int
    comment: str


@dataclass(frozen=True)
class FaultyLine:
    """One line that cannot be used, by its number from 1, and why."""

    number: int
    words: str


def read_hash_list(file: BinaryIO) -> Iterator[ListedHash | FaultyLine]:
    """Yield what each line says: ``hash``, ``hash,comment`` or ``hash,quality,comment``.

    Empty lines, lines that begin with ``#`` and a line of column names are passed over. A number
    of 0 to 100 between hash and comment is a quality, as the reference hasher writes it.
    """
    for number, line in enumerate(_lines(file), start=1):
        text = line.decode("utf-8-sig", "replace").strip()
        first, *rest = (field.strip().strip('"') for field in text.split(","))
        if not text or text.startswith("#") or (number == 1 and first.lower() in _HEADERS):
            continue
        yield _listed(first, rest, number=number)


def check_are_pdq(hashes: Sequence[ListedHash]) -> None:
    """Refuse a list of other hashes of 256 bits, such as SHA-256, that would never match.

    PDQ sets a bit where a component is over the median, so half of the bits are set (128, unless
    components are equal). Of other hashes one in four comes that close to half.

    Raises:
        HashListError: most of the hashes are not PDQ.
    """
    half = FINGERPRINT_BITS // 2
    like_pdq = sum(abs(each.bits.bit_count() - half) <= _HALF_OFF_BITS for each in hashes)
    if len(hashes) >= _FEWEST_TO_JUDGE and like_pdq * 2 < len(hashes):
        raise HashListError(
            f"this is no list of PDQ hashes: {len(hashes) - like_pdq} of {len(hashes)} do not have"
            " half of their bits set (SHA-256 looks like this)"
        )


def _listed(first: str, rest: Sequence[str], *, number: int) -> ListedHash | FaultyLine:
    if not _HASH.fullmatch(first):
        return FaultyLine(number, "does not begin with 64 hexadecimal digits")
    quality = _BEST_QUALITY
    if len(rest) > 1 and rest[0].isdecimal() and int(rest[0]) <= _BEST_QUALITY:
        quality, rest = int(rest[0]), rest[1:]
    if quality < LEAST_QUALITY:
        return FaultyLine(number, f"quality {quality} is under {LEAST_QUALITY}")
    comment = "".join(c for c in ",".join(rest) if c.isprintable())
    return ListedHash(int(first, 16), quality, comment[:COMMENT_CHARACTERS])


def _lines(file: BinaryIO) -> Iterable[bytes]:
    """Yield lines, each cut to what is looked at: a list is never in memory by a whole line."""
    while line := file.readline(_LINE_BYTES):
        rest = line
        while len(rest) == _LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(_LINE_BYTES)
        yield line
