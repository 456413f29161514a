from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.doubles.plain_user import without_root_powers

from ostraka.assembly.errors import PlaceUnusableError
from ostraka.assembly.places import (
    check_file,
    check_folder,
    check_folder_to_replace,
    check_home,
    open_draft,
    writing_to,
)
from ostraka.assembly.scan_report import ScanReport
from ostraka.errors import OperatorError


@pytest.fixture(autouse=True)
def _as_anybody() -> Iterator[None]:
    with without_root_powers():
        yield


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    yield folder
    folder.chmod(0o700)


def refusal(check: Callable[[Path], None], path: Path) -> str:
    with pytest.raises(PlaceUnusableError) as caught:
        check(path)
    assert isinstance(caught.value, OperatorError)
    return str(caught.value)


def test_a_file_that_can_be_written_leaves_no_trace_before_it_is(tmp_path: Path) -> None:
    check_file(tmp_path / "new" / "folders" / "report.html")
    assert list((tmp_path / "new" / "folders").iterdir()) == []
    (tmp_path / "there.html").write_text("before")
    check_file(tmp_path / "there.html")
    assert (tmp_path / "there.html").read_text() == "before"


def test_a_file_cannot_be_written_over_a_folder(tmp_path: Path) -> None:
    assert refusal(check_file, tmp_path) == (
        f"cannot write to {tmp_path}: it is a folder; name a file in it"
    )
    assert "it is a folder" in refusal(check_file, Path("/"))
    assert "it is a folder" in refusal(check_file, Path())


def test_a_file_cannot_be_written_where_nothing_may_be(tmp_path: Path, closed: Path) -> None:
    assert refusal(check_file, closed / "a.html").endswith("closed: Permission denied")
    assert refusal(check_file, closed / "b" / "a.html").endswith("b: Permission denied")
    (tmp_path / "file").write_text("")
    assert "a file where a folder is needed" in refusal(check_file, tmp_path / "file" / "a.html")
    assert "File name too long" in refusal(check_file, tmp_path / ("x" * 252))
    (tmp_path / "c.html.part").mkdir()
    assert "c.html.part: a folder" in refusal(check_file, tmp_path / "c.html")


def test_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    assert "no regular file" in refusal(check_file, Path("/dev/null"))
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in refusal(check_file, tmp_path / "pipe")


def test_a_folder_is_made_or_refused(tmp_path: Path, closed: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert "Permission denied" in refusal(check_folder, closed)
    check_folder_to_replace(tmp_path / "a")
    check_folder_to_replace(tmp_path / "c" / "d")
    assert not (tmp_path / "c" / "d").exists()
    (tmp_path / "file").write_text("")
    for check in (check_folder, check_folder_to_replace):
        assert "a file where a folder is needed" in refusal(check, tmp_path / "file")
    assert "Permission denied" in refusal(check_folder_to_replace, closed / "new")


def test_a_home_without_keys_must_be_writable_and_one_with_keys_readable(
    tmp_path: Path, closed: Path
) -> None:
    check_home(tmp_path / "home" / "keys")
    assert (tmp_path / "home" / "keys").stat().st_mode & 0o777 == 0o700
    words = refusal(check_home, closed / "keys")
    assert words == f"cannot keep keys (OSTRAKA_HOME) in {closed}/keys: Permission denied"
    closed.chmod(0o700)
    (closed / "views.key").write_bytes(b"k" * 32)
    closed.chmod(0o500)
    check_home(closed)
    (closed / "views.key").chmod(0)
    assert "Permission denied" in refusal(check_home, closed)


def test_a_draft_never_follows_a_link(tmp_path: Path) -> None:
    """Attack: the report lands in a folder that others fill, and its draft is a link to ours."""
    precious = tmp_path / "precious"
    precious.write_text("ours")
    (tmp_path / "report.html.part").symlink_to(precious)
    with open_draft(tmp_path / "report.html") as draft:
        draft.write("the report")
    assert precious.read_text() == "ours"
    assert (tmp_path / "report.html.part").read_text() == "the report"


def test_a_disk_that_is_full_is_no_fault_of_ours(tmp_path: Path) -> None:
    with pytest.raises(PlaceUnusableError, match="No space left"), writing_to(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_report_that_cannot_be_written_names_its_place(tmp_path: Path) -> None:
    assert "it is a folder" in refusal(_report, tmp_path)


def _report(path: Path) -> None:
    ScanReport(path, release_id="1" * 64)
