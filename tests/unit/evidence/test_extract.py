from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.extract import extract_frames
from ostraka.evidence.model import TextFound, TextLine
from ostraka.evidence.stack import LINES_A_PICTURE, Stack, default_stack

LINES_A_FRAME = 80


@dataclass
class PrintReader:
    """Finds as many lines in every frame as a page of print has."""

    asked: int = 0
    name: str = "print"
    version: str = "1"
    sha256: str = "0" * 64
    preparation: str = "none"
    found: TextFound = field(
        default_factory=lambda: TextFound(
            tuple(TextLine(f"line {n}", 0.9, (0.0, 0.0, 1.0, 0.1)) for n in range(LINES_A_FRAME))
        )
    )

    def warm(self) -> None:
        """Load nothing."""

    def read(self, picture: NDArray[np.uint8]) -> TextFound:  # noqa: ARG002 -- the Protocol's name
        self.asked += 1
        return self.found


def frames(count: int) -> list[NDArray[np.uint8]]:
    return [np.full((32, 32, 3), level, dtype=np.uint8) for level in range(count)]


def blind(reader: PrintReader) -> Stack:
    return Stack((), reader, default_stack().text_embedder)


def test_frames_beyond_the_lines_that_are_read_count_as_text_nobody_read() -> None:
    reader = PrintReader()
    found = extract_frames(blind(reader), frames(6))
    read = -(-LINES_A_PICTURE // LINES_A_FRAME)
    assert reader.asked == read
    assert [frame.text.unreadable_share for frame in found] == [0.0] * read + [1.0] * (6 - read)
    assert all(not frame.text.lines for frame in found[read:])


def test_a_frame_that_is_shown_again_is_read_once() -> None:
    reader = PrintReader()
    (one,) = frames(1)
    found = extract_frames(blind(reader), [one] * 10)
    assert reader.asked == 1
    assert {frame.text.unreadable_share for frame in found} == {0.0}


def test_where_nobody_asks_for_text_none_is_called_unread() -> None:
    reader = PrintReader()
    found = extract_frames(blind(reader), frames(5), read_text=False)
    assert reader.asked == 0
    assert {frame.text.unreadable_share for frame in found} == {0.0}
