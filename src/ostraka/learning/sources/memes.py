"""Draw memes from text lines: seeded, so that every machine draws the same ones.

Fonts are those inside matplotlib's package, so nothing hangs on what a machine has installed.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ostraka.learning.sources.art import Art, installed_openmoji_art
from ostraka.learning.sources.compose import background, gradient
from ostraka.learning.sources.errors import BrokenSourceError
from ostraka.learning.sources.labels import VIOLENCE
from ostraka.learning.sources.lines import DRAWN_LANGUAGES
from ostraka.learning.sources.model import LabelledLine, LabelledPicture, Use
from ostraka.learning.sources.seeded import between, pick, share
from ostraka.learning.split import Part, part_of

_FONTS = (
    *("DejaVuSans-Bold", "DejaVuSans", "DejaVuSerif-Bold", "DejaVuSerif", "DejaVuSansMono-Bold"),
    *("DejaVuSans-BoldOblique", "STIXGeneralBol", "STIXGeneral", "STIXGeneralItalic"),
)
_WIDTHS_PIXELS = (480, 560, 640, 720, 800)
_RATIOS = (0.75, 1.0, 1.0, 1.25)
# One meme in sixteen stands over a drawn weapon, calls and harmless lines alike.
_WEAPON_SHARE = 1 / 16
_ART_SHARE = 0.4
_UPPER_SHARE = 0.4
_BAR_SHARE = 0.35


@dataclass(frozen=True)
class _Layout:
    """How one meme looks; all of it follows from the seed."""

    seed: str
    size: tuple[int, int]
    font: ImageFont.FreeTypeFont
    bar: bool
    """Dark words on a light bar, instead of white words with a dark outline."""


def memes(lines: Iterable[LabelledLine], *, variants: int = 1) -> Iterator[LabelledPicture]:
    """Yield one drawn meme per line and variant, of the languages that the text reader reads.

    Args:
        lines: what the memes say.
        variants: how often each line is drawn, each time otherwise.
    """
    for line in lines:
        if line.language in DRAWN_LANGUAGES:
            for variant in range(variants):
                yield meme(line, seed=f"meme {variant} {line.language} {line.words}")


def meme(line: LabelledLine, *, seed: str, name: str = "") -> LabelledPicture:
    """Return one drawn meme; it violates "violence" only over a drawn weapon.

    What stands behind the words is for the same part of the split as the line, and over a weapon
    the concept is the weapon's: so no split tests on a drawing that taught behind words.
    """
    part = part_of(line.concept)
    art = _art_behind(seed, part)
    armed = art is not None and art.labelled.violates
    return LabelledPicture(
        name=name or f"{line.language}-{seed}",
        dataset="drawn memes",
        concept=art.labelled.concept if art is not None and armed else line.concept,
        labels={**line.labels, VIOLENCE: armed},
        use=Use.TRAIN,
        licence="Apache-2.0 (drawings in it: CC-BY-SA-4.0, OpenMoji)",
        read=partial(draw_meme, line.words, language=line.language, seed=seed, part=part),
    )


def draw_meme(words: str, *, language: str, seed: str, part: Part = Part.TRAIN) -> bytes:
    """Return a JPEG of the words on a seeded ground, in a seeded style.

    ``part`` is the part of the split whose drawings may stand behind the words.
    """
    width = pick(_WIDTHS_PIXELS, seed, "width")
    size = (width, int(width * pick(_RATIOS, seed, "ratio")))
    picture = _ground(size, seed=seed, part=part)
    shown = _upper(words, language) if share(seed, "upper") < _UPPER_SHARE else words
    font = _fitting_font(shown, size=size, seed=seed)
    layout = _Layout(seed, size, font, bar=share(seed, "bar") < _BAR_SHARE)
    layer = _text_layer(shown, layout)
    free = max(0, size[1] - layer.height)
    top = int(free * pick((0.03, 0.5, 0.97), seed, "place"))
    picture.paste(layer, ((size[0] - layer.width) // 2, top), layer)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=int(between(35, 86, seed, "quality")))
    return out.getvalue()


def wrapped(words: str, *, font: ImageFont.FreeTypeFont, width_pixels: float) -> str:
    """Return the words broken into lines that fit the width."""
    rows = [""]
    for word in words.split():
        longer = f"{rows[-1]} {word}".strip()
        if font.getlength(longer) <= width_pixels or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    return "\n".join(rows)


def _text_layer(words: str, layout: _Layout) -> Image.Image:
    """Return the words as a transparent layer, slightly tilted."""
    width, height = layout.size
    text = wrapped(words, font=layout.font, width_pixels=width * 0.86)
    stroke = 0 if layout.bar else max(2, int(layout.font.size / 14))
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = probe.multiline_textbbox((0, 0), text, font=layout.font, stroke_width=stroke)
    pad = int(layout.font.size * 0.4)
    size = (int(box[2] - box[0]) + 2 * pad, int(box[3] - box[1]) + 2 * pad)
    layer = Image.new("RGBA", size, (255, 255, 255, 230 if layout.bar else 0))
    ImageDraw.Draw(layer).multiline_text(
        (pad - box[0], pad - box[1]),
        text,
        font=layout.font,
        align="center",
        fill="black" if layout.bar else pick(("white", "white", "yellow"), layout.seed, "ink"),
        stroke_width=stroke,
        stroke_fill="white" if layout.bar else "black",
    )
    tilted = layer.rotate(
        between(-7, 7, layout.seed, "tilt"), Image.Resampling.BICUBIC, expand=True
    )
    tilted.thumbnail((width, height))
    return tilted


def _fitting_font(words: str, *, size: tuple[int, int], seed: str) -> ImageFont.FreeTypeFont:
    """Return a seeded font, as large as wished unless the words would not fit."""
    path = _font_folder() / f"{pick(_FONTS, seed, 'font')}.ttf"
    wished = int(size[0] * between(0.06, 0.12, seed, "font size"))
    for pixels in range(wished, 12, -2):
        font = ImageFont.truetype(path, pixels)
        rows = wrapped(words, font=font, width_pixels=size[0] * 0.86).split("\n")
        fits = all(font.getlength(row) <= size[0] * 0.9 for row in rows)
        if fits and len(rows) * pixels * 1.3 < size[1] * 0.8:
            return font
    return ImageFont.truetype(path, 12)


def _ground(size: tuple[int, int], *, seed: str, part: Part) -> Image.Image:
    art = _art_behind(seed, part)
    if art is None:
        return background(seed=seed, width=size[0], height=size[1])
    canvas = gradient(size, seed=seed)
    side = int(min(size) * between(0.45, 0.8, seed, "art"))
    drawn = art.draw().resize((side, side))
    left = int(between(0, size[0] - side, seed, "art left"))
    canvas.paste(drawn, (left, (size[1] - side) // 2), drawn)
    return canvas


def _art_behind(seed: str, part: Part) -> Art | None:
    """Return the drawing behind a meme's words; chosen by the seed, never by the words' label."""
    chance = share(seed, "art behind")
    if chance >= _ART_SHARE:
        return None
    drawings = drawings_of(part, violates=chance < _WEAPON_SHARE)
    return pick(drawings, seed, "which art") if drawings else None


@cache
def drawings_of(part: Part, *, violates: bool) -> tuple[Art, ...]:
    """Return the installed drawings of one part; empty where it holds none (of few weapons)."""
    return tuple(
        art
        for art in installed_openmoji_art()
        if art.labelled.violates is violates and part_of(art.labelled.concept) is part
    )


def _upper(words: str, language: str) -> str:
    # Turkish has two letters i; Python's upper() knows only one.
    return words.replace("i", "İ").upper() if language == "tr" else words.upper()


@cache
def _font_folder() -> Path:
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise BrokenSourceError("matplotlib, whose fonts the memes are drawn with, is missing")
    return Path(spec.origin).parent / "mpl-data/fonts/ttf"
