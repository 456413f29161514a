"""No more text than is taken over from a worker: what is left out is said to be there, unread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ostraka.evidence.layout import TextRoom
from ostraka.evidence.model import FrameEvidence, TextFound, TextLine
from ostraka.limits import Limits

_SOME: Final = 2.0**-20
"""Share of a frame under a line whose box has no area: not nothing, so that a person is asked."""


def bound_text(frames: Iterable[FrameEvidence], *, limits: Limits) -> tuple[FrameEvidence, ...]:
    """Return the frames of one picture with as much text as the limits take over.

    A worker does this before it answers, or much honest text would be taken for forged evidence.
    Lines that are left out count as unread, as do those that the text reader itself leaves out.
    """
    return tuple(_bounded(frames, TextRoom.of(limits)))


def _bounded(frames: Iterable[FrameEvidence], room: TextRoom) -> Iterator[FrameEvidence]:
    for frame in frames:
        kept = tuple(line for line in frame.text.lines if room.takes(line))
        if len(kept) == len(frame.text.lines):
            yield frame
        else:
            left_out = frame.text.lines[len(kept) :]
            share = frame.text.unreadable_share + sum(map(_share, left_out))
            yield replace(frame, text=TextFound(kept, min(1.0, share)))


def _share(line: TextLine) -> float:
    left, top, right, bottom = line.box
    return max(_SOME, (right - left) * (bottom - top))
