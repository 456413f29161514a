import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ostraka.learning.sources.errors import ArchiveHashError, UnsafeArchiveError
from ostraka.learning.sources.model import Use
from ostraka.learning.sources.packages import Client, PicturePackage
from ostraka.learning.sources.unpack import safe_target, unpack


def package_for(archive: Path, *, bytes_at_most: int = 10_000) -> PicturePackage:
    return PicturePackage(
        name="@some/pictures",
        client=Client.NPM,
        version="1.0.0",
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
        licence="MIT",
        use=Use.TRAIN,
        keep=("*",),
        unpacked_bytes_at_most=bytes_at_most,
    )


def tar_with(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def zip_with(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return path


MAKERS = [pytest.param(tar_with, "a.tgz", id="tar"), pytest.param(zip_with, "a.whl", id="wheel")]
Maker = Callable[[Path, dict[str, bytes]], Path]


@pytest.mark.parametrize(("make", "name"), MAKERS)
def test_the_kept_files_are_unpacked(tmp_path: Path, make: Maker, name: str) -> None:
    archive = make(tmp_path / name, {"img/a.png": b"aa", "code.js": b"no"})
    package = package_for(archive).model_copy(update={"keep": ("img/*.png",)})
    assert unpack(archive, tmp_path / "out", package=package) == 1
    assert (tmp_path / "out/img/a.png").read_bytes() == b"aa"
    assert not (tmp_path / "out/code.js").exists()


@pytest.mark.parametrize(("make", "name"), MAKERS)
def test_an_archive_with_one_other_byte_is_refused_before_it_is_opened(
    tmp_path: Path, make: Maker, name: str
) -> None:
    archive = make(tmp_path / name, {"a.png": b"aa"})
    package = package_for(archive)
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(ArchiveHashError):
        unpack(archive, tmp_path / "out", package=package)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", ["../x.png", "a/../../x.png", "/etc/x.png", "a\\..\\x.png", ""])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafeArchiveError):
        safe_target(tmp_path, path)


@pytest.mark.parametrize(("make", "name"), MAKERS)
def test_an_archive_that_writes_beside_its_folder_writes_nothing_there(
    tmp_path: Path, make: Maker, name: str
) -> None:
    archive = make(tmp_path / name, {"../escaped.png": b"out"})
    with pytest.raises(UnsafeArchiveError):
        unpack(archive, tmp_path / "out", package=package_for(archive))
    assert not (tmp_path / "escaped.png").exists()


@pytest.mark.parametrize(("make", "name"), MAKERS)
def test_an_archive_larger_than_declared_is_refused(tmp_path: Path, make: Maker, name: str) -> None:
    archive = make(tmp_path / name, {"a.png": b"a" * 600, "b.png": b"b" * 600})
    with pytest.raises(UnsafeArchiveError, match="more than 1000 bytes"):
        unpack(archive, tmp_path / "out", package=package_for(archive, bytes_at_most=1000))


def test_links_never_leave_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo(f"link-{kind.decode()}.png")
            link.type, link.linkname = kind, "/etc/passwd"
            tar.addfile(link)
    assert unpack(archive, tmp_path / "out", package=package_for(archive)) == 0
