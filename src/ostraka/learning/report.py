"""The evaluation as one HTML file that needs nothing else: plain words, tables, charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from ostraka.learning.charts import Line, bar_chart, line_chart
from ostraka.learning.evaluation import Evaluation, PipelineQuality, PolicyQuality, UnseenSource

_TEMPLATES = Path(__file__).parent / "templates"
_WAYS = ("vote of the shards", "trusted base alone", "one head on all rows")


def write_report(evaluation: Evaluation, path: Path, *, title: str = "Evaluation") -> None:
    """Write the report to ``path``."""
    path.write_text(render_report(evaluation, title=title), encoding="utf-8")


def render_report(evaluation: Evaluation, *, title: str = "Evaluation") -> str:
    """Return the report as HTML; everything in it is escaped, charts are inline SVG of our own."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment.get_template("evaluation.html.j2").render(
        title=title,
        evaluation=evaluation,
        ways=_WAYS,
        certified={q.policy: _drawn(certified_chart(q)) for q in evaluation.held_out},
        rates={q.policy: _drawn(rates_chart(q)) for q in evaluation.held_out},
        certified_unseen={u.source: _drawn(certified_chart(u.quality)) for u in evaluation.unseen},
        unseen={
            policy: [_drawn(chart) for chart in unseen_charts(evaluation, policy)]
            for policy in dict.fromkeys(u.policy for u in evaluation.unseen)
        },
        pipeline=_drawn(pipeline_chart(evaluation.pipeline)) if evaluation.pipeline else "",
        curves={u.source: _drawn(curve_chart(u)) for u in evaluation.unseen if len(u.curve) > 1},
    )


def _drawn(svg: str) -> Markup:
    # Drawn by us from numbers and escaped names alone: matplotlib escapes the text it is given.
    return Markup(svg)  # noqa: S704 -- see above


def percent(value: float | None) -> str:
    """Return a share in percent, or - where it was not measured."""
    return "-" if value is None or math.isnan(value) else f"{100 * value:.1f} %"


def certified_chart(quality: PolicyQuality) -> str:
    """Return certified rates against the number of accounts, with the base's level beside them."""
    at = quality.certified
    names = (
        ("violating, blocked for sure", [p.true_block for p in at], False),
        ("violating, never published unseen", [p.no_silent_publish for p in at], False),
        ("benign, published for sure", [p.true_publish for p in at], False),
        ("base alone: violating, blocked", [p.base_block for p in at], True),
        ("base alone: benign, published", [p.base_publish for p in at], True),
    )
    accounts = [float(point.accounts) for point in at]
    lines = [Line(name, list(zip(accounts, values, strict=True)), d) for name, values, d in names]
    return line_chart(lines, across="accounts that work together", up="share of pictures")


def rates_chart(quality: PolicyQuality) -> str:
    """Return every rate at the operating point, for the three ways of judging."""
    ways = (quality.vote, quality.base, quality.one_head)
    names = {
        "AUC": "auc",
        "balanced accuracy": "balanced_accuracy",
        "precision": "precision",
        "recall": "recall",
        "caught": "caught",
        "left to people": "review",
    }
    groups = {name: [getattr(way, field) for way in ways] for name, field in names.items()}
    return bar_chart(groups, series=_WAYS, up="share")


def unseen_charts(evaluation: Evaluation, policy: str) -> tuple[str, str]:
    """Return two charts over a policy's unseen sources: AUC of the three ways, rates of the vote.

    A source of one kind alone has no AUC, and stands in the second chart only.
    """
    unseen = [u for u in evaluation.unseen if u.policy == policy]
    areas = {
        u.source: (u.quality.vote.auc, u.quality.base.auc, u.quality.one_head.auc)
        for u in unseen
        if u.quality.vote.auc is not None
    }
    rates = {
        u.source: (
            u.quality.vote.balanced_accuracy,
            u.quality.vote.precision,
            u.quality.vote.recall,
            u.quality.vote.review,
        )
        for u in unseen
    }
    names = ("balanced accuracy", "precision", "recall", "left to people")
    return bar_chart(areas, series=_WAYS, up="AUC"), bar_chart(rates, series=names, up="share")


def pipeline_chart(found: Sequence[PipelineQuality]) -> str:
    """Return what the whole pipeline does with benign and violating pictures."""
    groups = {
        q.rows_from: (
            q.benign_published,
            q.benign_published_by_votes,
            q.violating_blocked,
            q.violating_published,
            q.review,
        )
        for q in found
    }
    names = (
        "benign published",
        "benign published if votes alone decided",
        "violating blocked",
        "violating published",
        "left to people",
    )
    return bar_chart(groups, series=names, up="share of pictures")


def curve_chart(unseen: UnseenSource) -> str:
    """Return quality on an unseen source against the pictures of it that were labelled."""
    at = [float(point.labelled_pictures) for point in unseen.curve]
    lines = [
        Line("AUC", list(zip(at, [p.auc for p in unseen.curve], strict=True))),
        Line(
            "balanced accuracy",
            list(zip(at, [p.balanced_accuracy for p in unseen.curve], strict=True)),
        ),
    ]
    return line_chart(lines, across="pictures of the new source that were labelled", up="quality")
