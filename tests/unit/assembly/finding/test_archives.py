from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ostraka.assembly.errors import (
    ArchiveUnreadableError,
    CaptionUnreadableError,
    FileLimitError,
    NotRegularFileError,
)
from ostraka.assembly.finding.find_pictures import Search
from ostraka.errors import OstrakaError
from ostraka.limits import Limits

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
JPEG = b"\xff\xd8\xff" + b"0" * 40
SMALL = Limits(file_bytes=100, archive_members=4, archive_unpacked_bytes=250)


def tar_of(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
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
    assert search.skipped.count == (1 if kind == "zip" else 2)
    assert list(tmp_path.iterdir()) == [path]


def test_a_member_over_the_limit_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"large.png": PNG + bytes(10_000), "b.png": PNG})
    large, fine = Search(limits=SMALL).pictures([path])
    with pytest.raises(FileLimitError, match="10,048 bytes"):
        large.read()
    assert fine.read() == PNG


@pytest.mark.parametrize(
    ("count", "size", "words"),
    [(5, 48, "entries of the archive: 5"), (3, 90, "unpacked size of the archive: 270")],
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


def of_kind(path: Path, kind: str, members: Sequence[tuple[str, bytes]]) -> Path:
    made = path / f"archive.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(made, "w") as archive:
            for name, data in members:
                archive.writestr(name, data)
        return made
    with tarfile.open(made, f"w:{kind[4:]}") as tar:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made


KINDS = ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_caption_in_the_archive_is_paired_wherever_it_lies(tmp_path: Path, kind: str) -> None:
    members = [
        ("before.png.caption.txt", b"said before"),
        ("before.png", PNG),
        ("after.png", PNG),
        ("none.png", PNG),
        ("other/after.png", PNG),
        ("./dotted.png", PNG),
        ("dotted.png.caption.txt", " gr\u00fc\u00dfe\n".encode()),
        ("after.png.caption.txt", b"said after"),
        ("nobody.png.caption.txt", b"no picture of that name"),
    ]
    path = of_kind(tmp_path, kind, members)
    search = Search(caption="all")
    assert {p.name.partition("!")[2]: p.caption for p in search.pictures([path])} == {
        "before.png": "said before",
        "after.png": "said after",
        "none.png": "all",
        "other/after.png": "all",
        "./dotted.png": "gr\u00fc\u00dfe",
    }
    assert search.skipped.count == 0


@pytest.mark.parametrize("kind", KINDS)
def test_two_captions_of_one_name_hold_the_picture_alone(tmp_path: Path, kind: str) -> None:
    side = "a.png.caption.txt"
    members = [("a.png", PNG), (side, b"one"), ("./" + side, b"other"), ("b.png", PNG)]
    first, second = Search().pictures([of_kind(tmp_path, kind, members)])
    with pytest.raises(CaptionUnreadableError, match="more than once"):
        first.read()
    assert second.read() == PNG


@pytest.mark.parametrize("kind", KINDS)
def test_a_caption_longer_than_what_is_read_holds_its_picture(tmp_path: Path, kind: str) -> None:
    members = [("a.png", PNG), ("a.png.caption.txt", b" " * 16_004 + b"a threat"), ("b.png", PNG)]
    first, second = Search().pictures([of_kind(tmp_path, kind, members)])
    with pytest.raises(FileLimitError, match="16,012 bytes is over the limit of 16,004 bytes"):
        first.read()
    assert second.read() == PNG


@pytest.mark.parametrize("kind", KINDS)
def test_a_caption_in_an_unknown_encoding_holds_its_picture(tmp_path: Path, kind: str) -> None:
    words = "Завтра придём"
    members = [("a.png", PNG), ("a.png.caption.txt", words.encode("cp1251"))]
    members += [("b.png", JPEG), ("b.png.caption.txt", words.encode("utf-16"))]
    first, second = Search().pictures([of_kind(tmp_path, kind, members)])
    with pytest.raises(CaptionUnreadableError, match="not text in UTF-8 or UTF-16"):
        first.read()
    assert second.caption == words


def test_captions_that_do_not_fit_in_memory_hold_their_pictures(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(4)]
    members = [(name, PNG) for name in names]
    members += [(f"{name}.caption.txt", b"x" * 40) for name in names]
    path = of_kind(tmp_path, "tar.gz", members)
    found = list(Search(limits=Limits(archive_caption_bytes=100)).pictures([path]))
    assert [picture.caption for picture in found[:2]] == ["x" * 40] * 2
    for picture in found[2:]:
        with pytest.raises(FileLimitError, match="captions of the archive: more than"):
            picture.read()


def spoilt(path: Path, content: bytes) -> Path:
    """Change one stored byte, so that a checksum fails."""
    data = path.read_bytes()
    place = data.index(content)
    path.write_bytes(data[:place] + b"\0" + data[place + 1 :])
    return path


def test_a_damaged_caption_holds_its_picture_alone(tmp_path: Path) -> None:
    members = [("a.png", PNG), ("a.png.caption.txt", b"some words"), ("b.png", JPEG)]
    path = spoilt(of_kind(tmp_path, "zip", members), b"some words")
    first, side, last = Search().pictures([path])
    with pytest.raises(CaptionUnreadableError, match="its caption file is damaged"):
        first.read()
    with pytest.raises(ArchiveUnreadableError, match="this member"):
        side.read()
    assert last.read() == JPEG


def test_a_damaged_member_of_a_zip_hides_none_after_it(tmp_path: Path) -> None:
    members = [("a.png", PNG), ("b.png", JPEG)]
    first, second = Search().pictures([spoilt(of_kind(tmp_path, "zip", members), PNG)])
    with pytest.raises(ArchiveUnreadableError, match="this member"):
        first.read()
    assert second.read() == JPEG


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_pipe_that_calls_itself_an_archive_cannot_stop_the_run(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (only,) = Search().pictures([tmp_path])
    with pytest.raises(NotRegularFileError):
        only.read()


def test_a_tar_header_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 50_000_000
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(gzip.compress(info.tobuf() + bytes(info.size), 1))
    tracemalloc.start()
    (only,) = Search().pictures([path])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with pytest.raises(ArchiveUnreadableError):
        only.read()
    assert peak < 5_000_000


def test_a_tar_member_that_is_passed_over_is_not_unpacked_past_the_limit(tmp_path: Path) -> None:
    members = [("notes.bin", bytes(100_000)), ("a.png", PNG)]
    limits = Limits(file_bytes=100, archive_unpacked_bytes=50_000)
    (only,) = Search(limits=limits).pictures([of_kind(tmp_path, "tar.gz", members)])
    with pytest.raises(FileLimitError, match="unpacked size of the archive"):
        only.read()


def test_whatever_an_archive_makes_its_reader_raise_holds_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise AttributeError("unforeseen")

    monkeypatch.setattr(zipfile.ZipFile, "infolist", fault)
    (only,) = Search().pictures([of_kind(tmp_path, "zip", [("a.png", PNG)])])
    with pytest.raises(ArchiveUnreadableError, match="damaged or encrypted"):
        only.read()


def entry(name: str, kind: bytes, data: bytes = b"") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), "elsewhere.png"
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)


END = bytes(2 * tarfile.BLOCKSIZE)


@pytest.mark.parametrize("kind", [b"0", b"7", b"Z"])
def test_a_tar_member_of_any_type_that_becomes_a_file_is_read(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.tar"
    side = entry("a.png.caption.txt", kind, b"some words")
    path.write_bytes(entry("a.png", kind, PNG) + entry("b.png", b"0", JPEG) + side + END)
    first, second = Search().pictures([path])
    assert (first.read(), first.caption, second.read()) == (PNG, "some words", JPEG)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.LNKTYPE, "is a link in an archive"),
        (tarfile.SYMTYPE, "is a link in an archive"),
        (tarfile.FIFOTYPE, "is not a regular file"),
    ],
)
def test_a_tar_member_that_takes_the_name_of_a_picture_is_held(
    tmp_path: Path, kind: bytes, words: str
) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(
        b"".join(entry(name, kind) for name in ("a.png", "notes", "b.png.caption.txt"))
        + entry("b.png", b"0", PNG)
        + END
    )
    search = Search()
    first, second = search.pictures([path])
    with pytest.raises(OstrakaError, match=words):
        first.read()
    with pytest.raises(CaptionUnreadableError, match="is a link or no file"):
        second.read()
    assert search.skipped.count == 1


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_folders_count_towards_the_limit(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(5):
                archive.mkdir(f"{number}")
    else:
        path.write_bytes(entry("d", tarfile.DIRTYPE) * 5 + entry("a.png", b"0", PNG) + END)
    search = Search(limits=SMALL)
    (only,) = search.pictures([path])
    with pytest.raises(FileLimitError, match="entries of the archive: 5 is over the limit of 4"):
        only.read()
    assert search.skipped.count == 0


def test_the_search_for_captions_ends_at_the_limit_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    next_of = tarfile.TarFile.next

    def counted(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
        read.append(archive)
        return next_of(archive)

    monkeypatch.setattr(tarfile.TarFile, "next", counted)
    path = tmp_path / "a.tar"
    path.write_bytes(entry("d", tarfile.DIRTYPE) * 50 + END)
    assert len(list(Search(limits=SMALL).pictures([path]))) == 1
    assert len(read) <= 2 * (SMALL.archive_members + 2)


def v7_entry(name: str, data: bytes) -> bytes:
    """Return an entry of a tar archive from before there was a magic."""
    block = bytearray(entry(name, b"0", data))
    block[257:265] = bytes(8)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[: tarfile.BLOCKSIZE])
    return bytes(block)


def zip_bytes() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("fine.png", PNG)
    return made.getvalue()


@pytest.mark.parametrize("name", ["a.tar", "a.zip"])
@pytest.mark.parametrize(
    "start",
    [
        entry("bad.png", b"0", JPEG) + END,
        v7_entry("bad.png", JPEG) + END,
        v7_entry("PK\3\4.png", JPEG) + END,
        gzip.compress(entry("bad.png", b"0", JPEG) + END),
    ],
    ids=["ustar", "v7", "v7-pk", "gzip"],
)
def test_an_archive_that_is_a_tar_and_a_zip_is_held(
    tmp_path: Path, name: str, start: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(start + zip_bytes())
    (only,) = Search().pictures([path])
    with pytest.raises(ArchiveUnreadableError, match="two kinds of archive"):
        only.read()


def test_a_zip_behind_something_else_is_read_only_by_its_own_name(tmp_path: Path) -> None:
    for name in ("a.zip", "b.tar"):
        (tmp_path / name).write_bytes(b"MZ a program that unpacks itself" + zip_bytes())
    (tmp_path / "c.tar").write_bytes(zip_bytes())
    inside, behind, renamed = Search().pictures([tmp_path])
    assert inside.read() == renamed.read() == PNG
    with pytest.raises(ArchiveUnreadableError, match="two kinds of archive"):
        behind.read()


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("padding", [b"", bytes(100_000)])
def test_what_follows_the_end_of_a_tar_is_held(
    tmp_path: Path, compress: Callable[[bytes], bytes], padding: bytes
) -> None:
    one, other = (entry(name, b"0", PNG) + END + padding for name in ("a.png", "b.png"))
    path = tmp_path / "a.tar"
    path.write_bytes(compress(one))
    (fine,) = Search().pictures([path])
    assert fine.read() == PNG
    path.write_bytes(compress(one + other))
    fine, rest = Search().pictures([path])
    assert fine.read() == PNG
    with pytest.raises(ArchiveUnreadableError, match="more behind the end"):
        rest.read()


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_padding_is_not_read_past_the_limit(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(compress(entry("a.png", b"0", PNG) + END + bytes(1_000_000)))
    fine, rest = Search(limits=Limits(archive_unpacked_bytes=500_000)).pictures([path])
    assert fine.read() == PNG
    with pytest.raises(FileLimitError, match=r"of the archive: .* the limit of 500,000 bytes"):
        rest.read()


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"5", b"6"])
def test_a_tar_entry_whose_content_only_some_programs_skip_is_held(
    tmp_path: Path, kind: bytes
) -> None:
    hidden = entry("bad.png", b"0", JPEG)
    cover = tarfile.TarInfo("cover")
    cover.size = len(hidden)
    path = tmp_path / "a.tar"
    content = cover.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(entry("fine.png", b"0", PNG) + entry("x", kind, content) + hidden + END)
    fine, rest = Search().pictures([path])
    assert fine.read() == PNG
    with pytest.raises(ArchiveUnreadableError, match="in two ways"):
        rest.read()


def test_a_file_cannot_take_the_name_of_what_lies_in_an_archive(tmp_path: Path) -> None:
    zip_of(tmp_path / "x.zip", {"a.jpg": JPEG, "b!.jpg": JPEG})
    (tmp_path / "x.zip!a.jpg").write_bytes(PNG)
    names = [picture.name for picture in Search().pictures([tmp_path])]
    assert names == [f"{tmp_path}/x.zip{end}" for end in ("!a.jpg", "!b\\x21.jpg", "\\x21a.jpg")]
