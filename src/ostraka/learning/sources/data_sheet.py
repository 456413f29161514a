"""The data sheet: what the starter learned from, counted from the data itself, gaps said aloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ostraka.learning.evaluation import Evaluation
from ostraka.learning.row import LabelSource
from ostraka.learning.sources.lines import DRAWN_LANGUAGES, LANGUAGES, lines
from ostraka.learning.sources.memes import memes
from ostraka.learning.sources.model import LabelledLine, LabelledPicture, Use
from ostraka.learning.sources.packages import pinned_packages
from ostraka.learning.sources.pictures import pictures
from ostraka.learning.sources.sheet_words import ENTRY_WORDS, LABEL_ERROR, OPENING, EntryWords

_LABELS_SHOWN = 20
"""Labelled pictures of an unseen style whose effect the sheet tells."""


class DataSheetEntry(BaseModel):
    """One data set of the sheet, named like ``LabelledPicture.dataset``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    package: str
    version: str
    sha256: str
    """Of the reviewed archive; empty where the pictures are pinned one by one or drawn by us."""
    licence: str
    use: Use
    count: int
    positives: Mapping[str, int]
    """Policy name -> how many violate it; a policy that is absent has no labels at all."""
    negatives: Mapping[str, int]
    how_labelled: str
    measured_label_error: str
    known_gaps: str


def data_sheet(folder: Path) -> tuple[DataSheetEntry, ...]:
    """Return the entries of all data that is there, counted now.

    Args:
        folder: where the picture packages were fetched to.
    """
    found: dict[str, list[LabelledPicture]] = {}
    for picture in pictures(folder):
        found.setdefault(picture.dataset, []).append(picture)
    drawn = list(memes(lines()))
    entries = [_entry_of_pictures(name, members) for name, members in found.items()]
    return (*entries, _entry_of_lines(lines()), _entry_of_pictures("drawn memes", drawn))


def data_sheet_page(
    entries: Iterable[DataSheetEntry], *, evaluation: Evaluation, rows_by_source: Mapping[str, int]
) -> str:
    """Return the data sheet as the text of ``docs/reference/data-sheet.md``.

    Args:
        entries: of the release.
        evaluation: that the release was signed with.
        rows_by_source: how many rows each label source brought (``learning.row.LabelSource``).
    """
    rows = list(entries)
    opening = OPENING.format(
        unseen=_unseen(evaluation), labels=_labels(evaluation), simulated=_simulated(rows_by_source)
    )
    parts = [opening, _table(rows), _languages(), "## Each data set"]
    parts.extend(_section(entry) for entry in rows)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _unseen(evaluation: Evaluation) -> str:
    areas = {
        u.source: u.quality.vote.auc
        for u in evaluation.unseen
        if u.policy == "violence" and u.quality.vote.auc is not None
    }
    worst, best = min(areas, key=areas.__getitem__), max(areas, key=areas.__getitem__)
    return (
        "A style that the starter never saw is judged worse: sources of pictures that were left"
        f" out whole\n  are told apart with an AUC from {areas[worst]:.2f} ({worst}) to"
        f" {areas[best]:.2f} ({best})."
    )


def _labels(evaluation: Evaluation) -> str:
    changes = [
        later.auc - u.curve[0].auc
        for u in evaluation.unseen
        if u.policy == "violence"
        for later in u.curve
        if later.labelled_pictures == _LABELS_SHOWN
        and later.auc is not None
        and u.curve[0].auc is not None
    ]
    return (
        f"{_LABELS_SHOWN} labelled pictures of such a style change its AUC by"
        f" {min(changes):+.2f} to {max(changes):+.2f}:\n  teach it before you rely on it."
    )


def _simulated(rows_by_source: Mapping[str, int]) -> str:
    total = sum(rows_by_source.values())
    simulated = rows_by_source.get(LabelSource.SIMULATED.value, 0)
    return (
        f"{simulated} of the {total} rows are shared out over **simulated** accounts with honest"
        " labels, and marked\nso in the release; no person brought them. The others are the trusted"
        " base."
    )


def _entry_of_pictures(name: str, members: list[LabelledPicture]) -> DataSheetEntry:
    pinned = {package.name: package for package in pinned_packages()}.get(name)
    words = ENTRY_WORDS.get(name, EntryWords())
    return DataSheetEntry(
        name=name,
        package=f"{pinned.name} ({pinned.client})" if pinned else words.package,
        version=pinned.version if pinned else words.version,
        sha256=pinned.sha256 if pinned else "",
        licence=pinned.licence if pinned else words.licence,
        use=members[0].use,
        count=len(members),
        positives=_counted((m.labels for m in members), violates=True),
        negatives=_counted((m.labels for m in members), violates=False),
        how_labelled=words.how_labelled,
        measured_label_error=words.label_error or LABEL_ERROR,
        known_gaps=words.known_gaps,
    )


def _entry_of_lines(members: Iterable[LabelledLine]) -> DataSheetEntry:
    rows = list(members)
    words = ENTRY_WORDS["lines"]
    return DataSheetEntry(
        name="lines",
        package=words.package,
        version=words.version,
        sha256="",
        licence=words.licence,
        use=Use.TRAIN,
        count=len(rows),
        positives=_counted((row.labels for row in rows), violates=True),
        negatives=_counted((row.labels for row in rows), violates=False),
        how_labelled=words.how_labelled,
        measured_label_error=words.label_error,
        known_gaps=words.known_gaps,
    )


def _counted(labels: Iterable[Mapping[str, bool]], *, violates: bool) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for label in labels:
        for policy, answer in label.items():
            counts[policy] += answer is violates
    return dict(sorted(counts.items()))


def _table(entries: list[DataSheetEntry]) -> str:
    head = "| data set | use | licence | count | violates | benign |\n|---|---|---|---|---|---|"
    rows = [
        f"| {e.name} | {e.use} | {e.licence} | {e.count} | {_shown(e.positives)} "
        f"| {_shown(e.negatives)} |"
        for e in entries
    ]
    return "## All data sets\n\n" + "\n".join([head, *rows])


def _shown(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{policy} {count}" for policy, count in counts.items() if count) or "none"


def _languages() -> str:
    rows = []
    for language in LANGUAGES:
        own = [line for line in lines() if line.language == language]
        calls = sum(line.labels["incitement"] for line in own)
        alike = sum(line.look_alike for line in own)
        drawn = "memes and captions" if language in DRAWN_LANGUAGES else "captions"
        plain = len(own) - calls - alike
        rows.append(f"| {language} | {len(own)} | {calls} | {alike} | {plain} | {drawn} |")
    head = "| language | lines | calls | look-alikes | plain | used as |\n|---|---|---|---|---|---|"
    ideas = len({line.concept for line in lines()})
    return f"## Lines by language\n\n{ideas} ideas in all.\n\n" + "\n".join([head, *rows])


def _section(entry: DataSheetEntry) -> str:
    facts = [
        f"- Package: {entry.package}, version {entry.version}",
        f"- SHA-256 of the archive: `{entry.sha256}`" if entry.sha256 else "",
        f"- Licence: {entry.licence}. Used to {entry.use}.",
        f"- How labelled: {entry.how_labelled}",
        f"- Measured label error: {entry.measured_label_error}",
        f"- Known gaps: {entry.known_gaps}",
    ]
    return f"### {entry.name}\n\n" + "\n".join(fact for fact in facts if fact)
