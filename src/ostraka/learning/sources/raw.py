"""Sources of whole pictures, all benign: photographs, wallpapers, screenshots.

Photographs are what people post most and what our sources hold least. Those that may teach are
taken whole and in seeded parts, under one concept, so that no split can part them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PIL import Image

from ostraka.learning.sources.compose import detail, encoded
from ostraka.learning.sources.concepts import clip_art_concept, normalised
from ostraka.learning.sources.labels import VIOLENCE, label_rules
from ostraka.learning.sources.model import LabelledPicture, Use
from ostraka.learning.sources.packages import package_named
from ostraka.learning.sources.photographs import (
    Photograph,
    installed_photographs,
    read_photograph,
)

_SIDE_PIXELS = 1280
PHOTOGRAPH_RENDITIONS = 8
_TRAINING_WALLPAPERS = ("lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04")
_EVALUATION_WALLPAPERS = ("gnome-backgrounds", "mate-backgrounds")
# Frames of calibration boards and stereo pairs: near copies, not pictures that people post.
_NO_PICTURES = ("left*", "right*", "*mask*", "*trimap*", "*chess*", "shape_sample/*", "*flow*")


def screenshots(folder: Path) -> Iterator[LabelledPicture]:
    """Yield screenshots of games that are neither shooters nor war games."""
    base = folder / package_named("games-thumbnails").folder_name / "usr/share/games/thumbnails"
    rules = label_rules("games_thumbnails")
    for path in sorted(base.glob("*.png")):
        if rules.labelled(path.stem, concept=path.stem) is not None:
            yield _picture(path, dataset="games-thumbnails", concept=f"game {path.stem}")


def photograph_pictures(*, renditions: int = PHOTOGRAPH_RENDITIONS) -> Iterator[LabelledPicture]:
    """Yield every installed photograph, whole and in parts: nothing in them is violent or naked."""
    for photo in installed_photographs():
        for rendition in range(renditions):
            name = _rendition_name(Path(photo.path).stem, rendition)
            yield LabelledPicture(
                name=name,
                dataset="photographs",
                concept=f"photograph: {photo.concept}",
                labels={VIOLENCE: False, "nudity": False},
                use=Use.TRAIN,
                licence=photo.licence,
                read=partial(_photograph, photo, seed=name if rendition else ""),
            )


def wallpapers(folder: Path) -> Iterator[LabelledPicture]:
    """Yield desktop wallpapers: landscapes, plants, patterns; nothing in them is violent."""
    for name in (*_TRAINING_WALLPAPERS, *_EVALUATION_WALLPAPERS):
        base = folder / package_named(name).folder_name / "usr/share/backgrounds"
        renditions = PHOTOGRAPH_RENDITIONS if name in _TRAINING_WALLPAPERS else 1
        for path in sorted(base.rglob("*")):
            if path.suffix in {".webp", ".jpg", ".png"}:
                concept = f"wallpaper {normalised(path.stem)}"
                for rendition in range(renditions):
                    yield _picture(path, dataset=name, concept=concept, rendition=rendition)


def example_photographs(folder: Path) -> Iterator[LabelledPicture]:
    """Yield the test photographs in OpenCV's examples."""
    base = folder / package_named("opencv-doc").folder_name / "usr/share/doc/opencv-doc/examples"
    for path in sorted([*base.rglob("*.jpg"), *base.rglob("*.png")]):
        whole = path.relative_to(base)
        if not any(whole.match(pattern) or path.match(pattern) for pattern in _NO_PICTURES):
            concept = f"photograph: {clip_art_concept(path.stem)}"
            yield _picture(path, dataset="opencv-doc", concept=concept)


def _picture(path: Path, *, dataset: str, concept: str, rendition: int = 0) -> LabelledPicture:
    package = package_named(dataset)
    name = _rendition_name(path.stem, rendition)
    return LabelledPicture(
        name=name,
        dataset=dataset,
        concept=concept,
        labels={VIOLENCE: False},
        use=package.use,
        licence=package.licence,
        read=partial(_scaled, path, seed=name if rendition else ""),
    )


def _rendition_name(stem: str, rendition: int) -> str:
    return f"{stem}-{rendition}" if rendition else stem


def _photograph(photo: Photograph, *, seed: str) -> bytes:
    data = read_photograph(photo)
    if not seed:
        return data
    with Image.open(io.BytesIO(data)) as picture:
        return encoded(detail(picture.convert("RGB"), seed=seed), seed=seed)


def _scaled(path: Path, *, seed: str) -> bytes:
    """Return the picture, or a seeded part, at a size that people post: wallpapers are larger."""
    with Image.open(path) as picture:
        smaller = picture.convert("RGB")
    if seed:
        smaller = detail(smaller, seed=seed)
    smaller.thumbnail((_SIDE_PIXELS, _SIDE_PIXELS))
    if seed:
        return encoded(smaller, seed=seed)
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=90)
    return out.getvalue()
