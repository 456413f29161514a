"""What cannot be read is held with its reason; nothing drops out of sight, nothing stops the run.

Attack: somebody who can write to the folder makes a picture, its caption or the folder around it
unreadable, so that the scan says that all is well, or says nothing more at all.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.plain_user import renounce_root_powers, without_root_powers

from ostraka.assembly.finding import folders
from ostraka.assembly.finding.find_pictures import Search, listed_paths
from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.errors import OstrakaError
from ostraka.limits import DEFAULT_LIMITS

PROGRAM = Path(sys.executable).parent / "ostraka"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def _as_anybody() -> Iterator[None]:
    with without_root_powers():
        yield


def found(*paths: Path) -> dict[str, str]:
    """Return by name what becomes of every picture: its bytes' length, or why they are not read."""
    return {Path(picture.name).name: what(picture) for picture in Search().pictures(paths)}


def what(picture: UntrustedPicture) -> str:
    try:
        return str(len(picture.read()))
    except OstrakaError as fault:
        return str(fault)


def make(path: Path, *, mode: int = 0o600) -> Path:
    path.write_bytes(PNG)
    path.chmod(mode)
    return path


def test_an_unreadable_folder_is_held_and_those_beside_it_are_screened(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        make(tmp_path / name / f"{name}.png")
    (tmp_path / "b").chmod(0)
    assert found(tmp_path) == {
        "a.png": "48",
        "b": "the folder cannot be read: Permission denied",
        "c.png": "48",
    }
    assert found(tmp_path / "b") == {"b": "the folder cannot be read: Permission denied"}
    (tmp_path / "b").chmod(0o700)


@pytest.mark.parametrize("name", ["picture.png", "picture", "notes.txt"])
def test_an_unreadable_file_is_held_whatever_its_name(tmp_path: Path, name: str) -> None:
    make(tmp_path / name, mode=0)
    make(tmp_path / "z.png")
    assert found(tmp_path) == {name: "cannot be read: Permission denied", "z.png": "48"}


def test_a_link_that_leads_nowhere_is_held(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    assert set(found(tmp_path)) == {"link", "ring"}


def test_an_unreadable_archive_is_held(tmp_path: Path) -> None:
    make(tmp_path / "a.zip", mode=0)
    assert found(tmp_path) == {"a.zip": "cannot be read: Permission denied"}


def test_a_folder_that_breaks_off_keeps_what_it_gave_and_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "a.png")

    class BreaksOff:
        def __init__(self, path: Path) -> None:
            self._entries = os.scandir(path)

        def __enter__(self) -> Iterator[Any]:
            with self._entries:
                yield from self._entries
            raise OSError(5, "Input/output error")

        def __exit__(self, *_: object) -> None:
            return

    class Broken:
        DirEntry = os.DirEntry
        scandir = BreaksOff

    monkeypatch.setattr(folders, "os", Broken)
    assert found(tmp_path) == {
        "a.png": "48",
        tmp_path.name: "the folder cannot be read: Input/output error",
    }


def test_a_file_that_fails_while_it_is_read_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(io.FileIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    make(tmp_path / "notes")
    monkeypatch.setattr(os, "fdopen", lambda descriptor, _: Failing(descriptor))
    assert found(tmp_path) == {"notes": "cannot be read: Input/output error"}


def test_an_unreadable_caption_holds_its_picture_alone(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        make(tmp_path / name)
    make(tmp_path / "a.png.caption.txt", mode=0)
    (tmp_path / "b.png.caption.txt").mkdir()
    (tmp_path / "c.png.caption.txt").symlink_to(tmp_path / "gone")
    assert found(tmp_path) == {
        "a.png": "its caption file cannot be read: Permission denied",
        "b.png": "its caption file is not a regular file",
        "c.png": "its caption file cannot be read: No such file or directory",
        "d.png": "48",
    }


def test_an_unreadable_side_file_without_its_picture_is_held_itself(tmp_path: Path) -> None:
    make(tmp_path / "a.png.caption.txt", mode=0)
    assert found(tmp_path) == {"a.png.caption.txt": "cannot be read: Permission denied"}


def test_a_name_too_long_for_a_side_file_is_a_picture_like_any_other(tmp_path: Path) -> None:
    name = "x" * 250 + ".png"
    make(tmp_path / name)
    assert found(tmp_path) == {name: "48"}


def test_lines_that_are_no_names_are_held_and_the_next_is_screened(tmp_path: Path) -> None:
    fine = make(tmp_path / "fine.png")
    lines = [b"x" * 300, b"x/" * 3_000, bytes(fine), b"a\xffb"]
    given = list(listed_paths(io.BytesIO(b"\n".join(lines))))
    paths = [*given, Path("with\0nul.png"), Path("/"), Path("with\0nul.zip")]
    outcomes = [what(picture) for picture in Search().pictures(paths[:5] + paths[6:])]
    assert outcomes == [
        "cannot be read: File name too long",
        "cannot be read: File name too long",
        "48",
        "cannot be read: No such file or directory",
        "cannot be read: embedded null byte",
        "cannot be read: embedded null byte",
    ]
    assert what(Search().file(Path("/"))) == "is not a regular file"


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with folders within folders, deeper than a path can say."""
    top = folder = tmp_path / "deep"
    top.mkdir()
    handles = [os.open(folder, os.O_RDONLY)]
    for _ in range(2_200):
        os.mkdir("d", dir_fd=handles[-1])
        handles.append(os.open("d", os.O_RDONLY, dir_fd=handles[-1]))
        os.close(handles.pop(-2))
    os.close(handles.pop())
    yield top
    subprocess.run(["rm", "-rf", top], check=True)  # shutil would not go so deep


def test_a_folder_deeper_than_a_path_is_held_where_paths_end(deep: Path) -> None:
    make(deep / "a.png")
    assert found(deep) == {"a.png": "48", "d": "the folder cannot be read: File name too long"}


def test_counting_meets_all_of_it_without_a_word(tmp_path: Path) -> None:
    make(tmp_path / "a.png")
    (tmp_path / "closed").mkdir(mode=0)
    make(tmp_path / "closed-file", mode=0)
    assert Search(limits=DEFAULT_LIMITS).count([tmp_path, Path("x" * 300), Path("a\0b")]) == 5
    (tmp_path / "closed").chmod(0o700)


def test_a_scan_of_unreadable_files_alone_ends_with_exit_status_1(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    make(folder / "notes", mode=0)
    (folder / "closed").mkdir(mode=0)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [PROGRAM, "scan", folder, "x" * 300, "--jobs", "1"],
        env={**kept, "OSTRAKA_HOME": str(tmp_path / "home")},
        preexec_fn=renounce_root_powers,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    (folder / "closed").chmod(0o700)
    assert done.returncode == 1, done.stderr
    assert "3 held" in done.stdout
    assert "cannot be read: Permission denied" in done.stdout
    assert "the folder cannot be read: Permission denied" in done.stdout
    assert "cannot be read: File name too long" in done.stdout
    assert "Traceback" not in done.stderr
