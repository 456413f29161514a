from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.judges import BENIGN, STACK_ID, evidence, found_text, frame
from tests.doubles.screening_parts import picture, plain_screening

from ostraka.assembly.errors import FileUnreadableError
from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.refused import RefusedLately
from ostraka.assembly.screening import Screened
from ostraka.assembly.totals import Totals
from ostraka.evidence.model import PictureEvidence
from ostraka.intake import BrokenPictureError


def outcomes(screened: Iterator[Screened]) -> list[tuple[str, str]]:
    return [(one.name, one.outcome) for one in screened]


def test_pictures_come_out_in_the_order_they_went_in(tmp_path: Path) -> None:
    screening, _, _ = plain_screening(tmp_path)
    kinds = ["benign", "violating", "between", "broken", "fault"] * 12
    names = [f"{kind} {number}" for number, kind in enumerate(kinds)]
    expected = {"benign": "publish", "violating": "block", "between": "review"}
    found = outcomes(screening.screen_all(map(picture, names)))
    assert found == [(name, expected.get(name.split()[0], "held")) for name in names]


def test_a_broken_picture_is_held_with_its_reason_and_stops_nothing(tmp_path: Path) -> None:
    screening, _, _ = plain_screening(tmp_path)
    broken, fine = screening.screen_all([picture("broken 1"), picture("benign 1")])
    assert broken.refusal is not None
    assert (broken.refusal.code, broken.verdict) == ("broken_picture", None)
    assert fine.outcome == "publish"


def test_our_own_fault_holds_the_picture_and_shows_no_detail(tmp_path: Path) -> None:
    screening, _, _ = plain_screening(tmp_path)
    held = screening.screen(picture("fault 1"))
    assert held.outcome == "held"
    assert held.refusal is not None
    assert held.refusal.code == "fault"
    assert "RuntimeError" not in held.refusal.words


def test_a_file_that_cannot_be_read_is_held(tmp_path: Path) -> None:
    def read() -> bytes:
        raise FileUnreadableError("cannot be read: Permission denied")

    held = plain_screening(tmp_path)[0].screen(UntrustedPicture("secret.png", read))
    assert held.refusal is not None
    assert held.refusal.words == "cannot be read: Permission denied"


def test_only_a_few_pictures_are_on_their_way_at_once(tmp_path: Path) -> None:
    screening, _, extractors = plain_screening(tmp_path)
    taken = itertools.count()
    source = (picture(f"benign {next(taken)}") for _ in range(10_000))
    run = screening.screen_all(source)
    for _ in range(5):
        next(run)
    run.close()
    assert next(taken) < 5 + 4 * extractors.jobs + 2


def test_what_was_looked_at_is_remembered_by_the_next_run(tmp_path: Path) -> None:
    first, _, _ = plain_screening(tmp_path)
    before = first.screen(picture("violating 1", caption="words"))
    second, decoder, extractors = plain_screening(tmp_path)
    after = second.screen(picture("violating 1", caption="words"))
    assert (decoder.decoded, extractors.asked) == ([], 0)
    assert after.remembered
    assert after.verdict == before.verdict
    assert after.picture == before.picture
    assert after.thumbnail == before.thumbnail


def test_another_caption_is_another_question(tmp_path: Path) -> None:
    screening, _, extractors = plain_screening(tmp_path)
    screening.screen(picture("benign 1", caption="words"))
    assert not screening.screen(picture("benign 1", caption="other words")).remembered
    assert extractors.asked == 2


def test_a_fresh_run_looks_again(tmp_path: Path) -> None:
    plain_screening(tmp_path)[0].screen(picture("benign 1"))
    fresh, _, extractors = plain_screening(tmp_path, fresh=True)
    assert not fresh.screen(picture("benign 1")).remembered
    assert extractors.asked == 1


def test_copies_of_a_picture_are_looked_at_once(tmp_path: Path) -> None:
    screening, decoder, extractors = plain_screening(tmp_path)
    copies = [UntrustedPicture(f"copy {i}", lambda: b"benign 1") for i in range(20)]
    assert {one.outcome for one in screening.screen_all(copies)} == {"publish"}
    assert (len(decoder.decoded), extractors.asked) == (1, 1)


def test_a_publish_near_a_margin_asks_other_views_once_and_remembers_them(tmp_path: Path) -> None:
    screening, decoder, extractors = plain_screening(tmp_path)
    first = screening.screen(picture("barely 1"))
    assert (extractors.asked, extractors.asked_for_text) == (3, 1)  # two views settle it
    assert len(decoder.decoded) == 1
    assert screening.screen(picture("barely 1")).verdict == first.verdict
    assert (extractors.asked, len(decoder.decoded)) == (3, 1)


def test_totals_say_what_a_run_adds_up_to(tmp_path: Path) -> None:
    screening, _, _ = plain_screening(tmp_path)
    assert Totals().stopped_any is False
    totals = Totals()
    for one in screening.screen_all(map(picture, ["benign 1", "benign 1", "broken 2"])):
        totals.add(one)
    assert totals.stopped_any
    text = " ".join(totals.sentences())
    assert "3 pictures" in text
    assert "2 publish, 1 held" in text
    assert "1 was remembered" in text


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_scan_is_an_empty_run(tmp_path: Path, count: int) -> None:
    screening, _, _ = plain_screening(tmp_path)
    assert len(list(screening.screen_all(picture("benign 1") for _ in range(count)))) == count


class ReadsFrames:
    """Extractors that find these lines of text in the frames of every picture."""

    jobs = 1
    stack_id = STACK_ID

    def __init__(self, *frames: Sequence[str]) -> None:
        self.frames = frames

    def extract(self, *_: object, canonical_sha256: str, **__: object) -> PictureEvidence:
        frames = [frame(BENIGN, text=found_text(*lines)) for lines in self.frames]
        return replace(evidence(*frames), canonical_sha256=canonical_sha256)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([[], [], []], ""),
        ([[" ", ""], ["\n"]], ""),
        ([["kill them"], ["kill them", "now "], ["now"]], "kill them now"),
    ],
)
def test_the_text_of_an_animation_is_every_line_once(
    tmp_path: Path, frames: list[list[str]], words: str
) -> None:
    plain, _, _ = plain_screening(tmp_path)
    screening = replace(plain, extractors=ReadsFrames(*frames))
    assert screening.screen(picture("benign 1")).words == words


def test_copies_of_a_refused_picture_are_decoded_once(tmp_path: Path) -> None:
    screening, decoder, _ = plain_screening(tmp_path)
    copies = [UntrustedPicture(f"copy {i}", lambda: b"broken 1") for i in range(20)]
    refusals = {one.refusal for one in screening.screen_all(copies)}
    assert len(decoder.decoded) == 1
    assert [refusal.code for refusal in refusals if refusal] == ["broken_picture"]


def test_a_fault_of_ours_is_tried_again(tmp_path: Path) -> None:
    screening, decoder, _ = plain_screening(tmp_path)
    for _ in range(3):
        screening.screen(picture("fault 1"))
    assert len(decoder.decoded) == 3


def test_only_the_latest_refusals_are_kept() -> None:
    refused = RefusedLately()
    for number in range(1500):
        refused.remember(f"{number}", BrokenPictureError("broken"))
    refused.check("0")
    with pytest.raises(BrokenPictureError):
        refused.check("1499")
