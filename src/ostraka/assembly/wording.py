"""Verdicts in a few words, the same on the terminal and in reports."""

from __future__ import annotations

from collections.abc import Iterator

from ostraka.assembly.screening import Screened
from ostraka.assembly.shown import shown_words
from ostraka.ensemble import Outcome
from ostraka.moderation.scrutiny import Reason
from ostraka.moderation.verdict import Basis, PolicyVerdict

CERTIFICATE_NOTE = (
    "A number beside a verdict: no set of that many accounts, by all they ever taught, could have"
    " changed it. It speaks of training alone, not of who edits the picture."
)


def long_verdict(verdict: PolicyVerdict) -> str:
    """Return one policy's verdict for a page, where there is room to say what the number is."""
    outcome, _, accounts = short_verdict(verdict).partition(" ")
    return f"{outcome} · holds against {accounts}" if accounts.isdigit() else short_verdict(verdict)


def tone(verdict: PolicyVerdict) -> str:
    """Return the outcome that a verdict's colour stands for; empty where nothing was voted on."""
    bare = verdict.outcome is Outcome.PUBLISH and verdict.basis is not Basis.VOTES
    return "" if bare else str(verdict.outcome)


def short_verdict(verdict: PolicyVerdict) -> str:
    """Return one policy's verdict in at most two words: the outcome and what it holds against.

    The number is that of the votes, so it stands only beside an outcome that votes decided.
    """
    if verdict.basis is Basis.NO_EVIDENCE and verdict.outcome is Outcome.PUBLISH:
        return "no text"
    if verdict.basis is Basis.UNTAUGHT and verdict.outcome is Outcome.PUBLISH:
        return "untaught"
    if verdict.certificate is None or verdict.outcome is not verdict.model_outcome:
        return str(verdict.outcome)
    return f"{verdict.outcome} {verdict.certificate.held}"


def reason_words(screened: Screened) -> Iterator[str]:
    """Yield every reason in plain words, each policy's together; a refusal's where there is one."""
    if screened.refusal is not None:
        yield shown_words(screened.refusal.words)
    for verdict in screened.verdict.policies if screened.verdict else ():
        words = [Reason(code).words for code in verdict.reasons]
        if verdict.model_outcome is Outcome.REVIEW and verdict.basis is Basis.VOTES:
            block, benign, unsure = verdict.votes
            words.insert(
                0, f"votes reach no verdict ({block} block, {benign} benign, {unsure} unsure)"
            )
        if words:
            yield f"{verdict.policy}: {'; '.join(words)}"


def weighed_words(screened: Screened, *, characters: int) -> Iterator[str]:
    """Yield the caption and the text in the picture, where there are any, each cut to a length.

    They are strangers' words: whatever in them would command a terminal is spelt out.
    """
    for origin, words in (("caption", screened.caption), ("text found", screened.words)):
        shown = shown_words(words)
        if shown:
            yield f"{origin}: “{_cut(shown, characters)}”"


def _cut(words: str, characters: int) -> str:
    return words if len(words) <= characters else words[: characters - 1] + "…"
