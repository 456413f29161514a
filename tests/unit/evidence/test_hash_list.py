from __future__ import annotations

import hashlib
import io

import pytest

from ostraka.evidence.errors import HashListError
from ostraka.evidence.hash_list import (
    COMMENT_CHARACTERS,
    FaultyLine,
    ListedHash,
    check_are_pdq,
    read_hash_list,
)

HEX = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


def read(text: str | bytes) -> list[ListedHash | FaultyLine]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_hash_list(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("line", "quality", "comment"),
    [
        (HEX, 100, ""),
        (f"{HEX.upper()}", 100, ""),
        (f"{HEX},case 7", 100, "case 7"),
        (f"{HEX}, a comment, with a comma", 100, "a comment,with a comma"),
        (f'"{HEX}","quoted"', 100, "quoted"),
        (f"{HEX},83,bridge.jpg", 83, "bridge.jpg"),
        (f"{HEX},7", 100, "7"),
        (f"{HEX},1234,id", 100, "1234,id"),
        (f"{HEX},\x1b[31mred", 100, "[31mred"),
        (f"{HEX},{'long' * 100}", 100, ("long" * 100)[:COMMENT_CHARACTERS]),
    ],
)
def test_a_line_is_a_hash_and_perhaps_a_quality_and_words(
    line: str, quality: int, comment: str
) -> None:
    assert read(line) == [ListedHash(int(HEX, 16), quality, comment)]


def test_comments_empty_lines_and_column_names_are_passed_over() -> None:
    text = f"\ufeffhash,quality,file\r\n# from a partner\r\n\r\n{HEX}\r\n{HEX}"
    assert [type(line) for line in read(text)] == [ListedHash, ListedHash]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (HEX[:-1], "64 hexadecimal digits"),
        (HEX + "0", "64 hexadecimal digits"),
        ("hash", "64 hexadecimal digits"),
        (f"file.jpg,{HEX}", "64 hexadecimal digits"),
        (f"{HEX},49,flat.png", "quality 49 is under 50"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line: str, words: str) -> None:
    first, faulty = read(f"{HEX}\n{line}\n")
    assert isinstance(first, ListedHash)
    assert isinstance(faulty, FaultyLine)
    assert faulty.number == 2
    assert words in faulty.words


@pytest.mark.parametrize("length", [4_095, 4_096, 4_097, 8_192, 100_000])
def test_a_line_without_an_end_costs_no_memory_and_no_other_line(length: int) -> None:
    after = read(b"0" * length + b"\n" + HEX.encode() + b"\n" + b"\xff\xfe\n")
    assert [type(line) for line in after] == [FaultyLine, ListedHash, FaultyLine]


def test_a_list_of_other_hashes_is_refused() -> None:
    sha256 = [int(hashlib.sha256(bytes([n])).hexdigest(), 16) for n in range(200)]
    with pytest.raises(HashListError, match=r"no list of PDQ hashes: 1\d\d of 200"):
        check_are_pdq([ListedHash(bits, 100, "") for bits in sha256])
    half = (1 << 128) - 1
    check_are_pdq([ListedHash(half << n, 100, "") for n in range(100)])
    check_are_pdq([ListedHash(bits, 100, "") for bits in sha256[:19]])
    check_are_pdq([])
