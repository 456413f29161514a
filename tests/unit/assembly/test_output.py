from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console
from tests.doubles.screening_parts import picture, plain_screening

from ostraka.assembly.lines import ScanLine
from ostraka.assembly.scan_report import ScanReport
from ostraka.assembly.screening import Refusal, Screened
from ostraka.assembly.terminal import ScanTable, console
from ostraka.assembly.wording import long_verdict, reason_words, short_verdict, tone, weighed_words
from ostraka.ensemble import Certificate, Outcome
from ostraka.moderation.scrutiny import Reason
from ostraka.moderation.verdict import Basis, PolicyVerdict, Verdict

HOSTILE = '<script>alert(1)</script>"&[bold]'


def voted(outcome: Outcome, model: Outcome | None = None) -> PolicyVerdict:
    reasons = () if model in {None, outcome} else (Reason.BLANK.value,)
    return PolicyVerdict(
        "violence",
        outcome,
        model or outcome,
        Basis.VOTES,
        (0, 5, 0),
        Certificate(2, -1),
        Outcome.PUBLISH,
        reasons,
    )


UNTAUGHT = PolicyVerdict("nudity", Outcome.PUBLISH, Outcome.PUBLISH, Basis.UNTAUGHT)
NO_TEXT = PolicyVerdict("incitement", Outcome.PUBLISH, Outcome.PUBLISH, Basis.NO_EVIDENCE)


@pytest.mark.parametrize(
    ("verdict", "short", "long", "colour"),
    [
        (voted(Outcome.PUBLISH), "publish 2", "publish · holds against 2", "publish"),
        (voted(Outcome.REVIEW, Outcome.PUBLISH), "review", "review", "review"),
        (UNTAUGHT, "untaught", "untaught", ""),
        (NO_TEXT, "no text", "no text", ""),
    ],
)
def test_the_number_stands_only_beside_what_votes_decided(
    verdict: PolicyVerdict, short: str, long: str, colour: str
) -> None:
    assert (short_verdict(verdict), long_verdict(verdict), tone(verdict)) == (short, long, colour)


def every_kind(folder: Path) -> list[Screened]:
    screening, _, _ = plain_screening(folder)
    kinds = ["benign 1", "violating 2", "between 3", "broken 4"]
    run = screening.screen_all(picture(words, caption="some words") for words in kinds)
    return [*run, Screened(name=HOSTILE, refusal=Refusal("code", HOSTILE), caption=HOSTILE)]


def printed(screened: Sequence[Screened], **options: object) -> str:
    stream = io.StringIO()
    out = Console(file=stream, width=120, highlight=False, soft_wrap=True, **options)  # type: ignore[arg-type]
    table = ScanTable(out, ["violence", "nudity", "incitement"])
    table.head()
    for one in screened:
        table.row(one)
    return stream.getvalue()


def test_the_table_says_verdict_picture_policies_and_reasons(tmp_path: Path) -> None:
    lines = printed(every_kind(tmp_path)).splitlines()
    assert lines[0].split() == ["verdict", "picture", "violence", "nudity", "incitement"]
    assert lines[1].split() == [
        "publish",
        "benign",
        "1",
        "publish",
        "2",
        "untaught",
        "publish",
        "2",
    ]
    caption = "        caption: “some words”"
    assert lines[2].startswith("block   violating 2")
    assert lines[3] == caption
    assert lines[4].startswith("review  between 3")
    assert lines[5].strip() == "violence: votes reach no verdict (0 block, 0 benign, 5 unsure)"
    assert lines[6] == caption
    assert lines[7:10] == ["held    broken 4", "        the file is broken", caption]
    assert HOSTILE in lines[10]
    assert lines[11].strip() == HOSTILE


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    screened = every_kind(tmp_path)
    assert "\x1b[" in printed(screened, force_terminal=True, color_system="standard")
    plain = printed(screened, force_terminal=True, no_color=True, color_system="standard")
    assert "\x1b[3" not in plain


def test_a_long_name_keeps_its_end() -> None:
    name = "/a/very/long/way/down/into/some/folder/that/nobody/remembers/picture-12345.png"
    line = printed([Screened(name=name, refusal=Refusal("code", "words"))]).splitlines()[1]
    assert "…/" in line
    assert "picture-12345.png" in line


def test_every_picture_is_one_line_of_json_with_every_field(tmp_path: Path) -> None:
    for one in every_kind(tmp_path):
        text = ScanLine.of(one).model_dump_json()
        assert "\n" not in text
        line = json.loads(text)
        assert set(line) == {
            "name", "outcome", "release_id", "policies", "refusal", "picture", "remembered"
        }  # fmt: skip
        assert (line["refusal"] is None) != (line["release_id"] is None)
        assert line["outcome"] in {"publish", "review", "block", "held"}
        assert ScanLine.model_validate_json(text) == ScanLine.of(one)
    first = json.loads(ScanLine.of(every_kind(tmp_path)[0]).model_dump_json())
    assert first["policies"][0] == {
        "policy": "violence",
        "outcome": "publish",
        "model_outcome": "publish",
        "basis": "votes",
        "votes": {"block": 0, "benign": 5, "unsure": 0},
        "certificate": {"held": 2, "no_silent_publish": -1},
        "base_outcome": "publish",
        "reasons": [],
    }


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.boxes = 0
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in {"src", "href", "action"}
        ]
        self.boxes += found.get("type") == "checkbox"

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_report_carries_everything_within_itself_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "report.html"
    with ScanReport(path, release_id="1" * 64) as report:
        for one in every_kind(tmp_path / "cache"):
            report.add(one)
        report.conclude(["What it adds up to."])
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in page.tags
    assert "<script" not in text
    assert HOSTILE in page.words
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert "default-src 'none'" in text
    assert page.tags.count("article") == 5
    assert page.boxes == 2  # what is blocked and what waits is blurred until clicked
    assert "What it adds up to." in page.words
    assert not list(path.parent.glob("*.part"))


def test_a_report_that_is_stopped_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    one = every_kind(tmp_path / "cache")[0]
    with pytest.raises(KeyboardInterrupt):
        interrupted_report(path, one)
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")


def interrupted_report(path: Path, one: Screened) -> None:
    with ScanReport(path, release_id="1" * 64) as report:
        report.add(one)
        raise KeyboardInterrupt


def test_the_report_is_written_row_by_row(tmp_path: Path) -> None:
    one = every_kind(tmp_path / "cache")[0]
    with ScanReport(tmp_path / "report.html", release_id="1" * 64) as report:
        for _ in range(50):
            report.add(one)
        draft = tmp_path / "report.html.part"
        assert draft.stat().st_size > 10_000


def test_reasons_are_words_not_codes() -> None:
    verdict = voted(Outcome.REVIEW, Outcome.PUBLISH)
    one = Screened(name="a", verdict=Verdict("c" * 64, "1" * 64, (verdict,)))
    assert list(reason_words(one)) == ["violence: there is hardly anything to see in it"]


def test_the_words_that_stopped_a_picture_stand_below_it_cut_to_a_line() -> None:
    long = Screened(name="a", refusal=Refusal("code", "why"), words="word " * 40)
    lines = printed([long]).splitlines()
    assert lines[3].startswith("        text found: “word word")
    assert lines[3].endswith("…”")
    assert len(lines[3]) < 100


def test_where_there_are_no_words_nothing_is_quoted() -> None:
    blank = Screened(name="a", refusal=Refusal("code", "why"), words=" \n ", caption="\u2028 ")
    assert list(weighed_words(blank, characters=70)) == []


@pytest.mark.parametrize("stderr", [False, True])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_name_is_outside_an_encoding(
    monkeypatch: pytest.MonkeyPatch, encoding: str, *, stderr: bool
) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stderr" if stderr else "stdout", stream)
    name = "é 猫 \U0001f44d \udcff.png"
    console(stderr=stderr).print(json.dumps(name, ensure_ascii=False), markup=False, emoji=False)
    stream.flush()
    assert json.loads(written.getvalue().decode(encoding)) == name
