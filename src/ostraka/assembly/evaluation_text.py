"""An evaluation for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ostraka.learning.evaluation import CertifiedPoint, Evaluation, PolicyQuality, Quality
from ostraka.learning.report import percent

_WAYS = ("vote of the shards", "trusted base alone", "one head on all rows")
_COLUMNS = (
    f"{'':<24}{'AUC':>7}{'bal.acc':>9}{'precision':>11}{'recall':>9}{'caught':>9}{'review':>9}"
)
_SHOWN_POINTS = 6


def evaluation_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yield the evaluation line by line: held out, never seen, and what is unknown."""
    yield "Concepts held out from sources that were learned from"
    for found in evaluation.held_out:
        yield from _policy(found)
        yield from _certified(found)
    yield "Groups of them"
    for found in evaluation.groups:
        yield f"  {found.policy}, {found.rows_from} ({found.violating}+ {found.benign}-)"
        yield _quality("", found.vote)
    yield ""
    yield "Sources that were left out whole, and what some labels of theirs add (AUC)"
    for unseen in evaluation.unseen:
        points = ", ".join(f"{p.labelled_pictures}: {_figure(p.auc)}" for p in unseen.curve)
        yield f"  {unseen.policy}, {unseen.source}: {points}"
        yield _quality("", unseen.quality.vote)
    yield ""
    yield "Not measured"
    for sentence in evaluation.unmeasured:
        yield f"  {sentence}"


def _policy(found: PolicyQuality) -> Iterator[str]:
    yield ""
    yield f"  {found.policy}: {found.violating} violating, {found.benign} benign"
    yield _COLUMNS
    for name, quality in zip(_WAYS, (found.vote, found.base, found.one_head), strict=True):
        yield _quality(name, quality)


def _certified(found: PolicyQuality) -> Iterator[str]:
    if not found.certified:
        return
    yield "    rightly and certified       blocked  published   (base alone)"
    step = max(1, len(found.certified) // _SHOWN_POINTS)
    for point in found.certified[::step]:
        yield _point(point)
    yield ""


def _point(point: CertifiedPoint) -> str:
    base = f"({percent(point.base_block)}, {percent(point.base_publish)})"
    rates = f"{percent(point.true_block):>9}{percent(point.true_publish):>11}"
    return f"    against {point.accounts:>3} accounts        {rates}   {base}"


def _quality(name: str, quality: Quality) -> str:
    return (
        f"    {name:<20}{_figure(quality.auc):>7}"
        f"{percent(quality.balanced_accuracy):>9}{percent(quality.precision):>11}"
        f"{percent(quality.recall):>9}{percent(quality.caught):>9}{percent(quality.review):>9}"
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
