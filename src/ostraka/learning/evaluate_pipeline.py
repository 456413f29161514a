"""Measuring what people would see: every policy's votes and every check, as screening runs them.

The figures of :mod:`ostraka.learning.evaluate` are of votes alone. Here pictures go through
:func:`ostraka.moderation.screen.judge_evidence`, the very function that `ostraka scan` asks. Three
checks are not asked, since they need more than a picture's evidence: other views of it, its size
and flatness, and a site's banks of known pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from ostraka.ensemble import Outcome
from ostraka.learning.evaluate import known
from ostraka.learning.evaluation import PipelineQuality
from ostraka.learning.extract_features import Seen
from ostraka.learning.metrics import share
from ostraka.moderation.judge import Judge
from ostraka.moderation.screen import judge_evidence
from ostraka.moderation.verdict import Verdict


def measure_pipeline(judge: Judge, seen: Iterable[Seen], *, rows_from: str) -> PipelineQuality:
    """Return what the pipeline does with these pictures."""
    judged = [(one.violates, judge_evidence(judge, one.evidence(judge.stack_id))) for one in seen]
    violates = np.array([violating for violating, _ in judged], dtype=bool)
    outcomes = np.array([verdict.outcome.value for _, verdict in judged], dtype=np.str_)
    by_votes = np.array([_by_votes(verdict).value for _, verdict in judged], dtype=np.str_)
    benign = [verdict for violating, verdict in judged if not violating]
    blocked, published = outcomes == Outcome.BLOCK.value, outcomes == Outcome.PUBLISH.value
    return PipelineQuality(
        rows_from=rows_from,
        violating=int(violates.sum()),
        benign=len(benign),
        violating_blocked=known(share(blocked[violates])),
        violating_published=known(share(published[violates])),
        benign_blocked=known(share(blocked[~violates])),
        benign_published=known(share(published[~violates])),
        benign_published_by_votes=known(share((by_votes == Outcome.PUBLISH.value)[~violates])),
        review=known(share(outcomes == Outcome.REVIEW.value)),
        stopped=_stopped(benign),
    )


def _stopped(benign: list[Verdict]) -> dict[str, float]:
    counts = Counter(reason for verdict in benign for reason in _what_stopped(verdict))
    return {reason: round(count / len(benign), 4) for reason, count in sorted(counts.items())}


def _what_stopped(verdict: Verdict) -> frozenset[str]:
    if _by_votes(verdict) is not Outcome.PUBLISH:
        return frozenset()
    return frozenset(reason for policy in verdict.policies for reason in policy.reasons)


def _by_votes(verdict: Verdict) -> Outcome:
    return max((p.model_outcome for p in verdict.policies), key=lambda outcome: outcome.severity)


def of_datasets(seen: Iterable[Seen], datasets: Iterable[str]) -> Iterator[Seen]:
    """Yield what was seen in pictures of these data sets."""
    wanted = frozenset(datasets)
    return (one for one in seen if one.picture.dataset in wanted)
