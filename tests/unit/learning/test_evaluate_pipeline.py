from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ostraka.ensemble import Outcome
from ostraka.evidence.windows import window_texts
from ostraka.learning.evaluate_pipeline import measure_pipeline, of_datasets
from ostraka.learning.examples import Examples
from ostraka.learning.extract_features import Seen
from ostraka.learning.sources.model import LabelledPicture, Use
from ostraka.learning.train import TrainedSpace
from ostraka.moderation.judge import Judge
from ostraka.moderation.screen import judge_evidence

STACK_ID = "5" * 64
_NO_TEXT: dict[str, NDArray[Any]] = {
    "words": np.zeros(0, dtype=np.uint8),
    "text": np.zeros((0, 4), dtype=np.float32),
}


@pytest.fixture(scope="module")
def judge(trained: TrainedSpace) -> Judge:
    return Judge("release", STACK_ID, (trained.judge,))


def seen_in(examples: Examples, place: int, *, dataset: str = "set", times: float = 1.0) -> Seen:
    features = {f"features/{n}": v[place] * np.float32(times) for n, v in examples.features.items()}
    calm = {f"detections/{name}": np.zeros(1, dtype=np.float32) for name in examples.detections}
    picture = LabelledPicture(
        name=f"{place}",
        dataset=dataset,
        concept="a thing",
        labels={"violence": bool(examples.labels[place, 0] == 1)},
        use=Use.TRAIN,
        licence="CC0",
        read=bytes,
    )
    return Seen(picture, "a" * 64, {**features, **calm, **_NO_TEXT})


@pytest.fixture(scope="module")
def seen(examples: Examples) -> list[Seen]:
    return [seen_in(examples, place) for place in range(200)]


def test_the_figures_are_what_screening_would_answer(judge: Judge, seen: list[Seen]) -> None:
    found = measure_pipeline(judge, seen, rows_from="x")
    verdicts = [judge_evidence(judge, one.evidence(STACK_ID)).outcome for one in seen]
    benign = [v for v, one in zip(verdicts, seen, strict=True) if not one.violates]
    violating = [v for v, one in zip(verdicts, seen, strict=True) if one.violates]
    assert (found.benign, found.violating) == (len(benign), len(violating))
    assert found.benign_published == pytest.approx(
        np.mean([v is Outcome.PUBLISH for v in benign]), abs=1e-4
    )
    assert found.violating_blocked == pytest.approx(
        np.mean([v is Outcome.BLOCK for v in violating]), abs=1e-4
    )
    assert found.review == pytest.approx(np.mean([v is Outcome.REVIEW for v in verdicts]), abs=1e-4)


def test_a_check_that_stops_benign_pictures_is_named_with_its_share(
    judge: Judge, seen: list[Seen], examples: Examples
) -> None:
    plain = measure_pipeline(judge, seen, rows_from="x")
    benign = [place for place in range(200) if examples.labels[place, 0] == 0]
    strange = [seen_in(examples, place, times=50.0) for place in benign]
    found = measure_pipeline(judge, strange, rows_from="far away")
    assert plain.benign_published is not None
    assert plain.benign_published > 0.3
    assert found.benign_published == 0.0
    assert found.stopped["out_of_distribution"] == found.benign_published_by_votes
    assert found.violating_published is None


def test_text_that_was_cached_is_weighed_in_the_same_windows(examples: Examples) -> None:
    words = "beat them\nbeat them\nat the fence"
    one = seen_in(examples, 0)
    arrays = {**one.arrays, "words": np.frombuffer(words.encode(), dtype=np.uint8)}
    arrays["text"] = np.ones((1, 4), dtype=np.float32)
    arrays["unreadable"] = np.array([0.25])
    evidence = replace(one, arrays=arrays).evidence(STACK_ID)
    (part,) = evidence.text_parts
    assert (part.origin, part.words) == window_texts(evidence.frames, "").windows[0]
    assert evidence.frames[0].text.unreadable_share == 0.25
    assert [line.words for line in evidence.frames[0].text.lines] == words.split("\n")


def test_data_sets_are_picked_by_name(examples: Examples) -> None:
    several = [seen_in(examples, 0, dataset="a"), seen_in(examples, 1, dataset="b")]
    assert [one.picture.dataset for one in of_datasets(several, ["b", "c"])] == ["b"]
