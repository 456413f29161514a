from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from ostraka.assembly.errors import CaptionUnreadableError, FileLimitError, FileUnreadableError
from ostraka.assembly.finding.find_pictures import Search, listed_paths
from ostraka.limits import Limits

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
JPEG = b"\xff\xd8\xff" + b"0" * 40
SMALL = Limits(file_bytes=100)


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


def test_a_side_file_that_the_shell_named_beside_its_picture_is_no_picture(tmp_path: Path) -> None:
    picture, side = tmp_path / "a.png", tmp_path / "a.png.caption.txt"
    picture.write_bytes(PNG)
    side.write_text("words")
    assert names(Search(), picture, side) == ["a.png"]
    assert Search().count([picture, side]) == 1
    side.write_bytes(PNG)
    assert names(Search(), side) == ["a.png.caption.txt"]


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
    (tmp_path / "a.png.caption.txt").write_text("  é \xff\n", "utf-8")
    found = {p.name[-5:]: p.caption for p in Search(caption="all").pictures([tmp_path])}
    assert found == {"a.png": "é \xff", "b.png": "all"}


@pytest.mark.parametrize("padding", [" ", "a nice owl\n" + "\n" * 16_004, "\u200b"])
def test_no_words_hide_behind_the_end_of_what_is_read(tmp_path: Path, padding: str) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    words = padding * (16_004 // len(padding.encode()) + 1) + "a threat"
    (tmp_path / "a.png.caption.txt").write_text(words, "utf-8")
    (found,) = Search().pictures([tmp_path])
    size = f"{len(words.encode()):,}"
    with pytest.raises(FileLimitError, match=f"{size} bytes is over the limit of 16,004 bytes"):
        found.read()


def test_a_side_file_as_long_as_what_is_read_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_text("a threat".rjust(16_004))
    (found,) = Search().pictures([tmp_path])
    assert found.caption == "a threat"


WORDS = "Завтра придём к ним"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_words_in_a_known_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_bytes(WORDS.encode(encoding))
    (found,) = Search().pictures([tmp_path])
    assert found.caption == WORDS


def test_words_in_utf_16_of_either_order_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_bytes(b"\xfe\xff" + WORDS.encode("utf-16-be"))
    (found,) = Search().pictures([tmp_path])
    assert found.caption == WORDS


@pytest.mark.parametrize(
    "side",
    [
        WORDS.encode("cp1251"),
        WORDS.encode("utf-16-le"),
        WORDS.replace(" ", "").encode("utf-16-be"),
        WORDS.encode("utf-32"),
        b"a threat".replace(b"", b"\0"),
        b"\xff\xfea",
    ],
)
def test_words_in_an_unknown_encoding_hold_the_picture(tmp_path: Path, side: bytes) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_bytes(side)
    (found,) = Search(caption="all").pictures([tmp_path])
    with pytest.raises(CaptionUnreadableError, match="not text in UTF-8 or UTF-16"):
        found.read()


@pytest.mark.parametrize("separator", [b"\n", b"\0"])
def test_lists_of_paths_may_be_long_and_end_anyhow(separator: bytes) -> None:
    paths = [f"folder/picture {number}.png" for number in range(20_000)]
    data = separator.join(path.encode() for path in paths)
    for end in (b"", separator):
        assert [str(path) for path in listed_paths(io.BytesIO(data + end))] == paths
    assert list(listed_paths(io.BytesIO(b""))) == []


def test_a_list_with_nul_may_hold_names_with_line_breaks() -> None:
    assert list(listed_paths(io.BytesIO(b"a\nb.png\0c.png\0"))) == [Path("a\nb.png"), Path("c.png")]


def test_a_socket_in_the_folder_is_no_picture(tmp_path: Path) -> None:
    os.mknod(tmp_path / "device", 0o600 | stat.S_IFSOCK)
    search = Search()
    assert list(search.pictures([tmp_path])) == []
    assert search.skipped.count == 1


def test_links_to_folders_are_counted(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    search = Search()
    assert list(search.pictures([tmp_path])) == []
    assert (search.skipped.count, search.skipped.folder_links) == (0, 1)


def test_pictures_are_counted_without_unpacking_anything(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png.caption.txt").write_text("words")
    (tmp_path / "notes.txt").write_text("words")
    search = Search()
    assert search.count([tmp_path, tmp_path / "notes.txt", tmp_path / "missing"]) == 3
    (tmp_path / "b.zip").write_bytes(b"")
    assert search.count([tmp_path]) is None
    assert search.skipped.count == 0
