"""Names, captions and text in pictures try to write to the terminal, or into a line of JSON.

Attack: escape sequences move the cursor up and overwrite ``block`` with ``publish``; direction
marks turn a line around; a line break adds a line that looks like one of ours.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.doubles.judges import STACK_ID, VIOLATING, evidence, found_text, frame
from tests.doubles.screening_parts import plain_screening
from tests.integration.intake.hostile import file, scene

from ostraka.assembly.finding.find_pictures import Search
from ostraka.assembly.lines import ScanLine
from ostraka.assembly.screening import Screened
from ostraka.assembly.shown import shown_json
from ostraka.assembly.terminal import ScanTable
from ostraka.assembly.wording import weighed_words
from ostraka.evidence.model import PictureEvidence

PROGRAM = Path(sys.executable).parent / "ostraka"
OVERWRITE = "\x1b[2A\x1b[2Kpublish fine.png\r\npublish \x9b2J\u202egnp.evil\u2066\u2069\x7f"


class Reads:
    """Extractors that read these words in every picture."""

    jobs = 1
    stack_id = STACK_ID

    def extract(
        self, *_: object, canonical_sha256: str, caption: str = "", **__: object
    ) -> PictureEvidence:
        read = frame(VIOLATING, text=found_text(OVERWRITE))
        return replace(evidence(read, caption=caption), canonical_sha256=canonical_sha256)


@pytest.fixture
def screened(tmp_path: Path) -> list[Screened]:
    """Return what becomes of pictures whose names, captions and texts are all hostile."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    name = OVERWRITE.replace("/", "") + ".png"
    (folder / name).write_bytes(b"violating 1")
    (folder / f"{name}.caption.txt").write_text(OVERWRITE)
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr(name, b"violating 2")
        archive.writestr(f"{name}.caption.txt", OVERWRITE)
    screening, _, _ = plain_screening(tmp_path / "cache")
    return list(replace(screening, extractors=Reads()).screen_all(Search().pictures([folder])))


def commands_in(text: str) -> set[str]:
    """Return the characters of a text, line breaks aside, that a terminal would obey."""
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return {
        character
        for character in text
        if (unicodedata.category(character) == "Cc" and character != "\n")
        or unicodedata.bidirectional(character) in turning
    }


def test_the_table_has_our_lines_and_no_others(screened: list[Screened]) -> None:
    stream = io.StringIO()
    table = ScanTable(
        Console(file=stream, width=200, highlight=False, soft_wrap=True), ["violence"]
    )
    for one in screened:
        table.row(one)
    text = stream.getvalue()
    assert commands_in(text) == set()
    assert not [line for line in text.splitlines() if line.startswith("publish")]
    assert text.count("\n") == len(text.splitlines()) == 3 * len(screened)
    assert text.count("text found: “\\x1b[2A") == len(screened) == 2


def test_a_report_quotes_words_without_their_commands(screened: list[Screened]) -> None:
    for one in screened:
        for words in weighed_words(one, characters=280):
            assert commands_in(words) == set()


def test_json_is_one_plain_line_and_says_the_same(screened: list[Screened]) -> None:
    for one in screened:
        plain = ScanLine.of(one).model_dump_json()
        assert commands_in(shown_json(plain)) == set()
        assert json.loads(shown_json(plain)) == json.loads(plain)
        assert len(shown_json(plain).splitlines()) == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("command", ["scan", "explain"])
def test_no_command_lets_them_through(tmp_path: Path, command: str, options: list[str]) -> None:
    picture = tmp_path / f"{OVERWRITE[:20]}\u202e.png".replace("\n", "")
    picture.write_bytes(file(scene(), "PNG"))
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [PROGRAM, command, picture, "--jobs", "1", "--caption", OVERWRITE, *options],
        env={**kept, "OSTRAKA_HOME": str(tmp_path / "home")},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert commands_in(done.stdout + done.stderr) == set()
    assert "gnp.evil" in done.stdout or command == "scan"
