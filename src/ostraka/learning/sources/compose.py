"""Draw cut-out art on varied backgrounds, so that a flat white ground tells a head nothing.

Every choice hangs on the picture's name alone: the same name gives the same picture everywhere.
"""

from __future__ import annotations

import colorsys
import io
from functools import cache

import numpy as np
from PIL import Image, ImageOps, ImageStat

from ostraka.learning.sources.photographs import installed_photographs, read_photograph
from ostraka.learning.sources.seeded import between, pick, share

_SIDES_PIXELS = (256, 272, 288, 304, 320)
_GROUNDS = ("white", "plain", "plain", "gradient", "gradient", "photograph")
_CONTRAST = 70
_MIDDLE_GREY = 128
# Photographs without people or weapons that serve as surroundings. Only concepts that train: else
# photographs that measure would have been seen behind drawings that taught.
SURROUNDINGS = ("cup of coffee", "coins", "moon", "retina")


def place_on_background(art: Image.Image, *, seed: str) -> bytes:
    """Return a picture file: the art, cropped, turned a little, on a seeded background."""
    cut = _cropped(art.convert("RGBA"))
    canvas = _set_off(background(seed=seed), against=cut)
    cut = _turned(cut, canvas=canvas, seed=seed)
    left = between(0, canvas.width - cut.width + 1, seed, "left")
    top = between(0, canvas.height - cut.height + 1, seed, "top")
    canvas.paste(cut, (int(left), int(top)), cut)
    return encoded(canvas, seed=seed)


def background(*, seed: str, width: int = 0, height: int = 0) -> Image.Image:
    """Return an RGB ground: white, plain, a gradient, or a photograph's detail."""
    size = (width or pick(_SIDES_PIXELS, seed, "w"), height or pick(_SIDES_PIXELS, seed, "h"))
    match pick(_GROUNDS, seed, "ground"):
        case "white":
            return Image.new("RGB", size, "white")
        case "plain":
            return Image.new("RGB", size, colour(seed, "plain"))
        case "photograph" if _surroundings():
            return _detail_of_photograph(size, seed=seed)
        case _:
            return gradient(size, seed=seed)


def gradient(size: tuple[int, int], *, seed: str) -> Image.Image:
    """Return two seeded colours that run into each other."""
    mask = Image.linear_gradient("L").rotate(pick((0, 90, 180, 270), seed, "turn")).resize(size)
    start = Image.new("RGB", size, colour(seed, "start"))
    return Image.composite(start, Image.new("RGB", size, colour(seed, "end")), mask)


def colour(*words: str) -> tuple[int, int, int]:
    """Return a seeded colour of any hue, lightness and strength."""
    hue, lightness = share(*words, "hue"), between(0.15, 0.95, *words, "lightness")
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, share(*words, "strength"))
    return int(red * 255), int(green * 255), int(blue * 255)


def encoded(canvas: Image.Image, *, seed: str) -> bytes:
    """Return the canvas as PNG or as JPEG of a seeded quality."""
    out = io.BytesIO()
    if share(seed, "format") < 0.5:  # noqa: PLR2004 - half of each
        canvas.save(out, "PNG", compress_level=3)
    else:
        canvas.save(out, "JPEG", quality=int(between(60, 95, seed, "quality")))
    return out.getvalue()


def _set_off(canvas: Image.Image, *, against: Image.Image) -> Image.Image:
    """Lighten or darken a ground that the art would drown in."""
    ink = ImageStat.Stat(against.convert("L"), against.getchannel("A")).mean[0]
    ground = ImageStat.Stat(canvas.convert("L")).mean[0]
    if abs(ink - ground) > _CONTRAST:
        return canvas
    far = "white" if ink < _MIDDLE_GREY else "black"
    return Image.blend(canvas, Image.new("RGB", canvas.size, far), 0.6)


def _cropped(art: Image.Image) -> Image.Image:
    box = art.getchannel("A").getbbox()
    return art if box is None else art.crop(box)


def _turned(cut: Image.Image, *, canvas: Image.Image, seed: str) -> Image.Image:
    room = between(0.6, 0.95, seed, "room")
    if share(seed, "mirror") < 0.5:  # noqa: PLR2004 - half of each
        cut = ImageOps.mirror(cut)
    cut = cut.rotate(between(-14, 14, seed, "tilt"), Image.Resampling.BICUBIC, expand=True)
    scale = room * min(canvas.width / cut.width, canvas.height / cut.height)
    size = (max(1, int(cut.width * scale)), max(1, int(cut.height * scale)))
    return cut.resize(size, Image.Resampling.LANCZOS)


@cache
def _surroundings() -> tuple[Image.Image, ...]:
    return tuple(
        Image.open(io.BytesIO(read_photograph(photo))).convert("RGB")
        for photo in installed_photographs()
        if photo.concept in SURROUNDINGS
    )


def _detail_of_photograph(size: tuple[int, int], *, seed: str) -> Image.Image:
    photo = pick(_surroundings(), seed, "photograph")
    part = detail(photo, seed=seed).resize(size)
    # Dimmed or lightened towards one colour, so that the art in front stays visible.
    veil = np.asarray(colour(seed, "veil"), dtype=np.float64)
    mixed = np.asarray(part, dtype=np.float64) * 0.7 + veil * 0.3
    return Image.fromarray(mixed.astype(np.uint8))


def detail(photo: Image.Image, *, seed: str) -> Image.Image:
    """Return a seeded part of a photograph, from two fifths to nine tenths of each side."""
    part = between(0.4, 0.9, seed, "part")
    width, height = int(photo.width * part), int(photo.height * part)
    left = int(between(0, photo.width - width, seed, "detail left"))
    top = int(between(0, photo.height - height, seed, "detail top"))
    return photo.crop((left, top, left + width, top + height))
