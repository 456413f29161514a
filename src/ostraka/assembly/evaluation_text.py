"""An evaluation for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ostraka.learning.evaluation import (
    CertifiedPoint,
    Evaluation,
    PipelineQuality,
    PolicyQuality,
    Quality,
    UnseenSource,
)
from ostraka.learning.report import percent

_WAYS = ("vote of the shards", "trusted base alone", "one head on all rows")
_COLUMNS = (
    f"{'':<24}{'AUC':>7}{'bal.acc':>9}{'precision':>11}{'recall':>9}{'caught':>9}{'review':>9}"
)
_SHOWN_POINTS = 6
_SHOWN_UNSEEN = (0, 8, 16)


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
    yield "What people would see: votes of every policy, then every check"
    for pipeline in evaluation.pipeline:
        yield from _pipeline(pipeline)
    yield ""
    yield "Sources that were left out whole"
    for unseen in evaluation.unseen:
        yield from _unseen(unseen)
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


def _pipeline(found: PipelineQuality) -> Iterator[str]:
    yield f"  {found.rows_from} ({found.violating}+ {found.benign}-)"
    if found.violating:
        yield (
            f"    violating: {percent(found.violating_blocked)} blocked,"
            f" {percent(found.violating_published)} published"
        )
    yield (
        f"    benign: {percent(found.benign_blocked)} blocked,"
        f" {percent(found.benign_published)} published"
        f" ({percent(found.benign_published_by_votes)} if votes alone decided)"
    )
    if found.stopped:
        reasons = ", ".join(f"{code} {percent(part)}" for code, part in found.stopped.items())
        yield f"    benign stopped by a check: {reasons}"


def _unseen(found: UnseenSource) -> Iterator[str]:
    counts = f"{found.quality.violating}+ {found.quality.benign}-"
    yield f"  {found.policy}, {found.source} ({counts})"
    yield _quality("", found.quality.vote)
    held = [found.quality.certified[n] for n in _SHOWN_UNSEEN if n < len(found.quality.certified)]
    for point in held:
        yield (
            f"    certified against {point.accounts:>2}: {percent(point.true_block)} blocked"
            f" ({percent(point.base_block)} by the base), {percent(point.true_publish)} published"
            f" ({percent(point.base_publish)})"
        )
    if len(found.curve) > 1:
        points = ", ".join(f"{p.labelled_pictures}: {_figure(p.auc)}" for p in found.curve)
        yield f"    AUC after so many labelled pictures of it: {points}"


def _certified(found: PolicyQuality) -> Iterator[str]:
    if not found.certified:
        return
    yield "    rightly and certified       blocked  published   (base alone)       never published"
    step = max(1, len(found.certified) // _SHOWN_POINTS)
    for point in found.certified[::step]:
        yield _point(point)
    yield ""


def _point(point: CertifiedPoint) -> str:
    base = f"({percent(point.base_block)}, {percent(point.base_publish)})"
    rates = f"{percent(point.true_block):>9}{percent(point.true_publish):>11}"
    unseen = percent(point.no_silent_publish)
    return f"    against {point.accounts:>3} accounts        {rates}   {base:<18}{unseen:>16}"


def _quality(name: str, quality: Quality) -> str:
    return (
        f"    {name:<20}{_figure(quality.auc):>7}"
        f"{percent(quality.balanced_accuracy):>9}{percent(quality.precision):>11}"
        f"{percent(quality.recall):>9}{percent(quality.caught):>9}{percent(quality.review):>9}"
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
