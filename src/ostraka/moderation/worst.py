"""From the votes on every frame and every window of text to one verdict: the worst one decides.

All items of a picture are weighed by the same k heads, and an account reaches one of them. So m
accounts change the votes of at most m heads, on every item at once, in whatever way they like:

- **block** stands while *any* blocking item keeps its quorum. The strongest of them does so against
  ``max`` of their certificates.
- **publish** stands while *every* item keeps its quorum: ``min``.
- **review** ends in a block as soon as one item gains a block quorum (the nearest item counts:
  ``min``), and in a publish only when every item has gained a benign one (the furthest: ``max``).
- **no silent publish**: every item must gain a benign quorum: ``max``.

Sound by brute force in the tests; for several items it may be smaller than the truth, never larger.
"""

from __future__ import annotations

from collections.abc import Sequence

from ostraka.ensemble import Certificate, Outcome, Thresholds, VoteCount
from ostraka.moderation.judge import Weighed


def worst_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the most severe outcome."""
    return max(outcomes, key=lambda outcome: outcome.severity)


def deciding(items: Sequence[Weighed]) -> Weighed:
    """Return the item whose votes are shown: of the worst outcome, the one that carries it."""
    outcome = worst_outcome([item.outcome for item in items])
    candidates = [item for item in items if item.outcome is outcome]
    if outcome is Outcome.PUBLISH:
        return min(candidates, key=lambda item: item.count.benign)
    return max(candidates, key=lambda item: (item.count.block, -item.count.benign))


def certify_worst(items: Sequence[Weighed], thresholds: Thresholds) -> Certificate:
    """Return a certificate of the worst item's outcome (see the top of this file)."""
    outcome = worst_outcome([item.outcome for item in items])
    if outcome is Outcome.PUBLISH:
        return Certificate(min(item.certificate.held for item in items), -1)
    no_silent_publish = max(item.certificate.no_silent_publish for item in items)
    if outcome is Outcome.BLOCK:
        blocking = [item.certificate.held for item in items if item.outcome is outcome]
        return Certificate(max(blocking), no_silent_publish)
    against_block = min(_missing_block_votes(item.count, thresholds) for item in items) - 1
    return Certificate(min(against_block, no_silent_publish), no_silent_publish)


def _missing_block_votes(count: VoteCount, thresholds: Thresholds) -> int:
    return thresholds.block_votes - count.block
