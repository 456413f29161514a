from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from ostraka.assembly.errors import ArchiveUnreadableError, FileLimitError, FileUnreadableError
from ostraka.assembly.find_pictures import Search, listed_paths
from ostraka.assembly.untrusted import shown_name
from ostraka.limits import Limits

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
JPEG = b"\xff\xd8\xff" + b"0" * 40
SMALL = Limits(file_bytes=100, archive_members=3, archive_unpacked_bytes=250)


def names(search: Search, *paths: Path) -> list[str]:
    return [Path(picture.name).name for picture in search.pictures(paths)]


def test_folders_are_searched_by_content_and_the_rest_is_counted(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "hidden-as-text.txt").write_bytes(JPEG)
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "claims.jpg").write_bytes(b"no picture at all")
    (tmp_path / "empty.webp").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "a.png.caption.txt").write_text("words")
    search = Search()
    assert names(search, tmp_path) == ["a.png", "claims.jpg", "empty.webp", "hidden-as-text.txt"]
    assert search.skipped.count == 1


def test_what_is_named_outright_is_always_tried(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    assert names(Search(), tmp_path / "notes.txt") == ["notes.txt"]
    (missing,) = Search().pictures([tmp_path / "missing.png"])
    with pytest.raises(FileUnreadableError, match="No such file"):
        missing.read()


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "a.png").write_bytes(PNG)
    assert names(Search(), tmp_path) == ["a.png"]


def test_a_pipe_in_the_folder_cannot_stop_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe")
    search = Search()
    (pipe,) = search.pictures([tmp_path])
    assert search.skipped.count == 1
    with pytest.raises(FileUnreadableError, match="not a regular file"):
        pipe.read()


def test_a_large_file_is_refused_with_limit_and_value(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(PNG + b"0" * 100)
    (large,) = Search(limits=SMALL).pictures([tmp_path / "large.png"])
    with pytest.raises(FileLimitError, match="148 bytes is over the limit of 100 bytes"):
        large.read()


def test_the_side_file_wins_over_the_caption_for_all(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_bytes("  é \xff\n".encode("latin-1"))
    found = {p.name[-5:]: p.caption for p in Search(caption="all").pictures([tmp_path])}
    assert found == {"a.png": "\ufffd \ufffd", "b.png": "all"}


def test_a_side_file_of_any_length_is_read_in_bounds(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_text("x" * 1_000_000)
    (found,) = Search().pictures([tmp_path])
    assert Search().limits.text_characters < len(found.caption) < 20_000


@pytest.mark.parametrize("name", ["a\x1b[31mb.png", "a\nb.png", "a\u202eb.png", b"a\xffb.png"])
def test_a_name_cannot_write_to_the_terminal(name: str | bytes) -> None:
    shown = shown_name(os.fsdecode(name))
    assert shown.isprintable()
    shown.encode("utf-8")
    assert shown.startswith("a\\")


@pytest.mark.parametrize("separator", [b"\n", b"\0"])
def test_lists_of_paths_may_be_long_and_end_anyhow(separator: bytes) -> None:
    paths = [f"folder/picture {number}.png" for number in range(20_000)]
    data = separator.join(path.encode() for path in paths)
    for end in (b"", separator):
        assert [str(path) for path in listed_paths(io.BytesIO(data + end))] == paths
    assert list(listed_paths(io.BytesIO(b""))) == []


def test_a_list_with_nul_may_hold_names_with_line_breaks() -> None:
    assert list(listed_paths(io.BytesIO(b"a\nb.png\0c.png\0"))) == [Path("a\nb.png"), Path("c.png")]


def tar_of(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return path


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for name, data in members.items():
            archive.writestr(name, data)
    return path


MEMBERS = {"../../a.png": PNG, "folder/b.jpg": JPEG, "notes.txt": b"words"}


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar", "tar.xz"])
def test_archives_are_streamed_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"many.{kind}"
    if kind == "zip":
        zip_of(path, MEMBERS)
    else:
        tar_of(path, MEMBERS, f"w:{kind[4:]}")
    search = Search(caption="all")
    found = [(p.name, p.read(), p.caption) for p in search.pictures([path])]
    assert found == [
        (f"{path}!../../a.png", PNG, "all"),
        (f"{path}!folder/b.jpg", JPEG, "all"),
    ]
    assert search.skipped.count == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_member_over_the_limit_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"large.png": PNG + bytes(10_000), "b.png": PNG})
    large, fine = Search(limits=SMALL).pictures([path])
    with pytest.raises(FileLimitError, match="10,048 bytes"):
        large.read()
    assert fine.read() == PNG


@pytest.mark.parametrize(
    ("count", "size", "words"),
    [(5, 48, "files in the archive: 4"), (3, 90, "unpacked size of the archive: 270")],
)
def test_an_archive_bomb_ends_at_the_limit(
    tmp_path: Path, count: int, size: int, words: str
) -> None:
    path = zip_of(tmp_path / "bomb.zip", {f"{i}.png": PNG.ljust(size, b"0") for i in range(count)})
    *_, last = Search(limits=SMALL).pictures([path])
    with pytest.raises(FileLimitError, match=words):
        last.read()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_torn_archive_gives_what_it_has_and_says_so(tmp_path: Path, kind: str) -> None:
    noise = {f"{i}.png": PNG + os.urandom(5_000) for i in range(6)}
    path = tmp_path / f"torn.{kind}"
    (zip_of if kind == "zip" else tar_of)(path, noise)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    *read, last = Search().pictures([path])
    with pytest.raises(ArchiveUnreadableError, match="damaged"):
        last.read()
    assert kind == "zip" or read


def test_an_encrypted_archive_is_reported(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "secret.zip", {"a.png": PNG})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.rindex(signature)
        data[place + offset] |= 1
    path.write_bytes(data)
    (only,) = Search().pictures([path])
    with pytest.raises(ArchiveUnreadableError):
        only.read()
