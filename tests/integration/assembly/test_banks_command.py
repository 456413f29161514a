"""``ostraka banks`` as people use it: real pictures through the real jail, and a scan that asks."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from ostraka.assembly.command_line import app
from ostraka.errors import OstrakaError
from ostraka.learning.sources.samples import write_samples


@dataclass(frozen=True)
class Operator:
    """Somebody at a machine with a few pictures."""

    home: Path
    pictures: Path

    def run(self, *arguments: str | Path, typed: str | None = None) -> Result:
        environment = {"OSTRAKA_HOME": str(self.home), "OSTRAKA_JOBS": "2"}
        return CliRunner().invoke(app, list(map(str, arguments)), env=environment, input=typed)

    def told(self, *arguments: str | Path, status: int = 0) -> Any:
        done = self.run(*arguments, "--json")
        assert done.exit_code == status, done.output
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return lines[0] if len(lines) == 1 else lines


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


@pytest.fixture
def operator(samples: Path, tmp_path: Path) -> Operator:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("drawing-kite", "drawing-crab", "animation-slideshow"):
        (path,) = samples.glob(f"{name}.*")
        shutil.copy(path, pictures / path.name)
    return Operator(tmp_path / "home", pictures)


def picture(operator: Operator, stem: str) -> Path:
    (path,) = operator.pictures.glob(f"{stem}.*")
    return path


def re_encoded(path: Path, folder: Path) -> Path:
    """Return the picture as somebody would post it again: smaller, as JPEG of another quality."""
    with Image.open(path) as opened:
        again = opened.convert("RGB")
        again.thumbnail((opened.width * 3 // 4, opened.height * 3 // 4))
    again.save(folder / "again.jpg", quality=70)
    return folder / "again.jpg"


def test_a_picture_in_a_bank_is_found_again_after_re_encoding(
    operator: Operator, tmp_path: Path
) -> None:
    kite = picture(operator, "drawing-kite")
    added = operator.told("banks", "add", "ours", kite)
    assert (added["added"], added["replaced"], added["unused"]) == (1, 0, [])
    again = re_encoded(kite, tmp_path)
    found = operator.told("banks", "lookup", again, status=1)
    (answer,) = found["answers"]
    assert (answer["bank"], answer["finding"], answer["source"]) == ("ours", "blocked", kite.name)
    assert 0 <= answer["distance_bits"] <= 31
    (other,) = operator.told("banks", "lookup", picture(operator, "drawing-crab"))["answers"]
    assert (other["finding"], other["distance_bits"]) == ("unknown", None)


def test_a_bank_moves_a_scan_to_review_and_an_exception_lifts_it(operator: Operator) -> None:
    kite = picture(operator, "drawing-kite")
    assert operator.told("scan", kite)["outcome"] == "publish"
    operator.told("banks", "add", "ours", kite)
    line = operator.told("scan", kite, status=1)
    assert line["outcome"] == "review"
    assert all("near_blocked" in policy["reasons"] for policy in line["policies"])
    assert operator.told("banks", "add", "ours", kite, "--allow")["replaced"] == 1
    assert operator.told("scan", kite)["outcome"] == "publish"


def test_a_folder_is_added_frame_by_frame_and_what_cannot_be_is_named(operator: Operator) -> None:
    flat = operator.pictures / "flat.png"
    Image.new("RGB", (64, 64), "white").save(flat)
    (operator.pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    added = operator.told("banks", "add", "ours", operator.pictures, status=1)
    assert added["added"] > 3  # the animation has several frames
    unused = {Path(one["name"]).name: one["code"] for one in added["unused"]}
    assert unused == {"flat.png": "fingerprint_unusable", "broken.png": "broken_picture"}
    plain = operator.run("banks", "add", "ours", operator.pictures)
    assert plain.exit_code == 1
    assert "not used" in plain.stdout
    assert "of them there before" in plain.stdout
    assert operator.run("banks", "add", "ours", flat).exit_code == 2
    (line,) = [operator.told("banks", "list")]
    assert line == {"bank": "ours", "blocked": added["added"], "allowed": 0}


def test_nothing_but_fingerprints_is_kept_and_only_for_the_owner(operator: Operator) -> None:
    operator.told("banks", "add", "ours", operator.pictures)
    (path,) = (operator.home / "banks").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size < 20_000


def test_a_list_is_imported_and_looked_up(operator: Operator, tmp_path: Path) -> None:
    crab = picture(operator, "drawing-crab")
    (fingerprint,) = operator.told("banks", "lookup", crab)["fingerprints"]
    shared = tmp_path / "shared.csv"
    shared.write_text(f"hash,comment\n{fingerprint},case 12\nnonsense\n")
    done = operator.told("banks", "import", "partner", shared, status=1)
    assert (done["added"], [one["name"] for one in done["unused"]]) == (1, ["line 3"])
    (answer,) = operator.told("banks", "lookup", crab, status=1)["answers"]
    assert (answer["source"], answer["distance_bits"]) == ("case 12", 0)
    shared.write_text("nonsense\n")
    assert operator.run("banks", "import", "partner", shared).exit_code == 2
    missing = operator.run("banks", "import", "partner", tmp_path / "missing.csv")
    assert isinstance(missing.exception, OstrakaError)
    assert "No such file" in str(missing.exception)


def test_removing_asks_first(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    kite, crab = picture(operator, "drawing-kite"), picture(operator, "drawing-crab")
    operator.told("banks", "add", "ours", kite, crab)
    refused = operator.run("banks", "remove", "ours")
    assert isinstance(refused.exception, OstrakaError)
    assert "--yes" in str(refused.exception)
    monkeypatch.setattr("ostraka.assembly.commands.banks._somebody_is_here", lambda: True)
    assert operator.run("banks", "remove", "ours", typed="n\n").exit_code == 1
    removed = operator.told("banks", "remove", "ours", kite, "--yes")
    assert removed["removed"] == 1
    again = operator.told("banks", "remove", "ours", kite, crab, "--yes", status=1)
    assert [one["code"] for one in again["unused"]] == ["not_in_bank"]
    assert operator.told("banks", "list") == {"bank": "ours", "blocked": 0, "allowed": 0}
    assert operator.run("banks", "remove", "ours", typed="y\n").exit_code == 0
    assert operator.told("banks", "list") == []
    assert isinstance(operator.run("banks", "remove", "ours", "--yes").exception, OstrakaError)


def test_a_picture_that_cannot_be_decoded_cannot_be_looked_up(operator: Operator) -> None:
    broken = operator.pictures / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    assert isinstance(operator.run("banks", "lookup", broken).exception, OstrakaError)
    empty = operator.pictures.parent / "empty"
    empty.mkdir()
    assert "no pictures" in str(operator.run("banks", "add", "ours", empty).exception)
