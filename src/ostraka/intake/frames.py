"""Which frames of an animation are kept, and how many it has, without decoding it."""

from __future__ import annotations

from PIL.Image import Image

from ostraka.intake.bounds import check
from ostraka.intake.model import PictureFormat
from ostraka.limits import Limits

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_HAS_COLOUR_TABLE, _COLOUR_TABLE_SIZE = 0x80, 0x07


def kept_indexes(count: int, *, kept: int) -> frozenset[int]:
    """Return the indexes of at most ``kept`` frames, spread evenly from the first to the last."""
    if count <= kept:
        return frozenset(range(count))
    if kept == 1:
        return frozenset({0})
    return frozenset((index * (count - 1)) // (kept - 1) for index in range(kept))


def frame_count(
    picture: Image, data: bytes, *, picture_format: PictureFormat, limits: Limits
) -> int:
    """Return how many frames the file declares or holds, 1 for a still.

    Raises:
        PictureLimitError: More frames, or more pixels over all of them, than one file may have.
    """
    if picture_format is PictureFormat.JPEG:
        return 1  # the second picture of a stereo JPEG (MPO) is dropped like any trailing bytes
    if picture_format is PictureFormat.GIF:
        count = count_gif_frames(data, at_most=int(limits.animation_frames) + 1)
    else:
        count = int(getattr(picture, "n_frames", 1))
    check("animation_frames", count, limits=limits)
    width, height = picture.size
    if count > 1:
        check("animation_total_pixels", count * width * height, limits=limits)
    return max(1, count)


def count_gif_frames(data: bytes, *, at_most: int) -> int:
    """Count images by walking the blocks, and stop at ``at_most``.

    Attack: a million frames of a dozen bytes; Pillow would walk them all before it answers.
    Source: GIF89a specification, sections 18 to 26.
    """
    at = _after_colour_table(data, flags_at=10, at=13)
    count = 0
    while at < len(data) and count < at_most:
        kind = data[at]
        if kind == _TRAILER:
            break
        if kind == _IMAGE:
            count += 1
            at = _after_blocks(data, _after_colour_table(data, flags_at=at + 9, at=at + 10) + 1)
        elif kind == _EXTENSION:
            at = _after_blocks(data, at + 2)
        else:
            at += 1
    return count


def _after_colour_table(data: bytes, *, flags_at: int, at: int) -> int:
    flags = data[flags_at] if flags_at < len(data) else 0
    return at + (3 << ((flags & _COLOUR_TABLE_SIZE) + 1) if flags & _HAS_COLOUR_TABLE else 0)


def _after_blocks(data: bytes, at: int) -> int:
    end = len(data)
    while at < end and (size := data[at]):
        at += size + 1
    return at + 1
