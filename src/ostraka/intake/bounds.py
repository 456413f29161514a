"""The limits of a picture, asked before anything is allocated for it."""

from __future__ import annotations

from ostraka.intake.errors import PictureLimitError
from ostraka.limits import Limits

# How each limit is spoken of to the sender: resource and unit.
RESOURCES = {
    "file_bytes": ("file size", "bytes"),
    "picture_pixels": ("picture area", "pixels"),
    "picture_side_pixels": ("picture side", "pixels"),
    "animation_frames": ("frames of the animation", ""),
    "animation_total_pixels": ("area of all frames", "pixels"),
}


def check(name: str, actual: float, *, limits: Limits) -> None:
    """Refuse ``actual`` when it passes the limit of that name.

    Raises:
        PictureLimitError: It does.
    """
    limit: float = getattr(limits, name)
    if actual > limit:
        resource, unit = RESOURCES[name]
        error = PictureLimitError(resource, limit=limit, actual=actual, unit=unit)
        error.detail = name
        raise error


def check_size(size: tuple[int, int], *, limits: Limits) -> None:
    """Refuse a declared width and height that pass a limit.

    Raises:
        PictureLimitError: They do.
    """
    width, height = size
    check("picture_side_pixels", max(width, height), limits=limits)
    check("picture_pixels", width * height, limits=limits)


def bounded(size: tuple[int, int], *, side_pixels: int) -> tuple[int, int]:
    """Return the size scaled down, shape kept, so that no side is longer than ``side_pixels``."""
    width, height = size
    longest = max(width, height)
    if longest <= side_pixels:
        return width, height
    return (
        max(1, (2 * width * side_pixels + longest) // (2 * longest)),
        max(1, (2 * height * side_pixels + longest) // (2 * longest)),
    )
