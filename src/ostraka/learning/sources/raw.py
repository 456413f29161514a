"""Sources of whole pictures, used to evaluate and never to train: screenshots and photographs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PIL import Image

from ostraka.learning.sources.concepts import clip_art_concept, normalised
from ostraka.learning.sources.labels import VIOLENCE, label_rules
from ostraka.learning.sources.model import LabelledPicture
from ostraka.learning.sources.packages import package_named

_SIDE_PIXELS = 1280
# Frames of calibration boards and stereo pairs: near copies, not pictures that people post.
_NO_PICTURES = ("left*", "right*", "*mask*", "*trimap*", "*chess*", "shape_sample/*", "*flow*")


def screenshots(folder: Path) -> Iterator[LabelledPicture]:
    """Yield screenshots of games that are neither shooters nor war games."""
    base = folder / package_named("games-thumbnails").folder_name / "usr/share/games/thumbnails"
    rules = label_rules("games_thumbnails")
    for path in sorted(base.glob("*.png")):
        if rules.labelled(path.stem, concept=path.stem) is not None:
            yield _picture(path, dataset="games-thumbnails", concept=f"game {path.stem}")


def wallpapers(folder: Path) -> Iterator[LabelledPicture]:
    """Yield desktop wallpapers: landscapes, plants, patterns; nothing in them is violent."""
    for name in ("gnome-backgrounds", "mate-backgrounds"):
        base = folder / package_named(name).folder_name / "usr/share/backgrounds"
        for path in sorted(base.rglob("*")):
            if path.suffix in {".webp", ".jpg", ".png"}:
                yield _picture(path, dataset=name, concept=f"wallpaper {normalised(path.stem)}")


def example_photographs(folder: Path) -> Iterator[LabelledPicture]:
    """Yield the test photographs in OpenCV's examples."""
    base = folder / package_named("opencv-doc").folder_name / "usr/share/doc/opencv-doc/examples"
    for path in sorted([*base.rglob("*.jpg"), *base.rglob("*.png")]):
        whole = path.relative_to(base)
        if not any(whole.match(pattern) or path.match(pattern) for pattern in _NO_PICTURES):
            concept = f"photograph: {clip_art_concept(path.stem)}"
            yield _picture(path, dataset="opencv-doc", concept=concept)


def _picture(path: Path, *, dataset: str, concept: str) -> LabelledPicture:
    package = package_named(dataset)
    return LabelledPicture(
        name=path.stem,
        dataset=dataset,
        concept=concept,
        labels={VIOLENCE: False},
        use=package.use,
        licence=package.licence,
        read=partial(_scaled, path),
    )


def _scaled(path: Path) -> bytes:
    """Return the picture at a size that people post, since wallpapers are far larger."""
    with Image.open(path) as picture:
        smaller = picture.convert("RGB")
    smaller.thumbnail((_SIDE_PIXELS, _SIDE_PIXELS))
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=90)
    return out.getvalue()
