"""Checked archives to files: hash first, kept files only, none outside the folder."""

from __future__ import annotations

import hashlib
import shutil
import subprocess  # the archive of a Debian package is read through dpkg-deb
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from ostraka.learning.sources.errors import (
    ArchiveHashError,
    PackageUnreachableError,
    UnsafeArchiveError,
)
from ostraka.learning.sources.packages import PicturePackage

_CHUNK_BYTES = 1 << 20


def check_hash(archive: Path, *, sha256: str) -> None:
    """Refuse an archive that is not the pinned one, before anything reads inside it."""
    with archive.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != sha256:
        raise ArchiveHashError(
            f"{archive.name} is not the reviewed archive: its SHA-256 is {actual}, not {sha256}"
        )


def unpack(archive: Path, folder: Path, *, package: PicturePackage) -> int:
    """Unpack the kept files of a checked archive into an empty folder; return their number.

    Raises:
        ArchiveHashError: the archive is not the pinned one; nothing was read from it.
        UnsafeArchiveError: a kept file would land outside, or the sizes pass the declared bound.
    """
    check_hash(archive, sha256=package.sha256)
    left = package.unpacked_bytes_at_most
    count = 0
    for path, content, size in _files(archive):
        if not package.keeps(path):
            continue
        left -= size
        if left < 0:
            limit = package.unpacked_bytes_at_most
            raise UnsafeArchiveError(f"{archive.name} unpacks to more than {limit} bytes")
        target = safe_target(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(content, file, _CHUNK_BYTES)
        count += 1
    return count


def safe_target(folder: Path, path: str) -> Path:
    """Return where a file of an archive goes, or refuse a path that leaves the folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise UnsafeArchiveError(f"an archive names a file outside its folder: {path!r}")
    return folder.joinpath(*parts)


def _files(archive: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    """Yield (path, content, size) of the regular files; links and devices never leave."""
    if archive.suffix == ".deb":
        with _tar_of_debian_package(archive) as tar:
            yield from _tar_files(tar)
    elif archive.suffix in {".whl", ".zip"}:
        yield from _zip_files(archive)
    else:
        with tarfile.open(archive, "r|*") as tar:
            yield from _tar_files(tar)


def _tar_files(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes], int]]:
    for member in tar:
        if not member.isreg():
            continue
        content = tar.extractfile(member)
        if content is not None:
            yield member.name.removeprefix("./"), content, member.size


def _zip_files(archive: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with zipfile.ZipFile(archive) as bundle:
        for info in bundle.infolist():
            if not info.is_dir():
                with bundle.open(info) as content:
                    yield info.filename, content, info.file_size


@contextmanager
def _tar_of_debian_package(archive: Path) -> Iterator[tarfile.TarFile]:
    tool = shutil.which("dpkg-deb")
    if tool is None:
        raise PackageUnreachableError("dpkg-deb is not installed, so Debian packages stay closed")
    command = [tool, "--fsys-tarfile", str(archive.resolve())]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,  # noqa: S603 - no shell, fixed tool, hash-checked file
        tarfile.open(fileobj=process.stdout, mode="r|") as tar,
    ):
        yield tar
        if process.stdout is not None:
            process.stdout.read()
