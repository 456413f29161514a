"""An explanation as one page, with the heat map drawn over the picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from ostraka.assembly.explaining.explain_text import policy_sentences
from ostraka.assembly.explaining.explanation import Explained, NearestFound, PolicyExplanation
from ostraka.assembly.pages import page, style
from ostraka.assembly.places import check_file, draft_of, open_draft, writing_to
from ostraka.assembly.thumbnail import data_address
from ostraka.assembly.wording import CERTIFICATE_NOTE
from ostraka.ensemble import Outcome
from ostraka.moderation.occlusion import GRID

_STRONGEST_OPACITY = 0.6
_LABELS = {True: "violating", False: "benign", None: "unlabelled"}


def write_explanation(explained: Explained, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        PlaceUnusableError: it cannot be written there.
    """
    content = explanation_page(explained)
    check_file(path)
    with writing_to(path):
        with open_draft(path) as draft:
            draft.write(content)
        draft_of(path).replace(path)


def explanation_page(explained: Explained) -> str:
    """Return the page."""
    explanation = explained.explanation
    picture = explanation.picture
    size = f"{picture.width_pixels} x {picture.height_pixels} pixels"
    return page(
        "explain.html.jinja",
        style=Markup(style()),  # noqa: S704 -- our own file
        name=explanation.name,
        outcome=explanation.outcome,
        facts=f"{picture.format.upper()}, {size}, {picture.frames} frame(s).",
        width=picture.width_pixels,
        height=picture.height_pixels,
        release_id=explanation.release_id,
        caption=explanation.caption,
        text=explanation.text,
        detections=explanation.detections,
        hidden=explanation.outcome != Outcome.PUBLISH,
        grid=GRID,
        policies=[_policy(policy, explained.images) for policy in explanation.policies],
        note=CERTIFICATE_NOTE,
    )


def _policy(policy: PolicyExplanation, images: Mapping[str, bytes]) -> dict[str, object]:
    counterfactual = policy.counterfactual
    return {
        "title": policy.title,
        "outcome": policy.verdict.outcome.value,
        "sentences": list(policy_sentences(policy)),
        "voted": policy.score is not None,
        "votes": policy.verdict.votes,
        "image": data_address(images.get(policy.verdict.policy, b"")),
        "cells": _cells(policy),
        "regions": counterfactual.regions if counterfactual else (),
        "extractors": policy.extractors,
        "nearest": [_nearest(near) for near in policy.nearest],
    }


def _nearest(near: NearestFound) -> dict[str, object]:
    return {**near.model_dump(), "label": _LABELS[near.violates]}


def _cells(policy: PolicyExplanation) -> list[dict[str, object]]:
    hottest = max((drop for row in policy.heat for drop in row), default=0.0)
    return [
        {"row": y, "column": x, "opacity": f"{_STRONGEST_OPACITY * drop / hottest:.2f}"}
        for y, row in enumerate(policy.heat)
        for x, drop in enumerate(row)
        if drop > 0
    ]
