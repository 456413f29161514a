"""What lies in a tar archive, which may be compressed and hostile."""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, BinaryIO, Final, cast

from ostraka.assembly.errors import (
    ArchiveUnreadableError,
    CaptionUnreadableError,
    FileLimitError,
    NotRegularFileError,
)
from ostraka.assembly.finding.archive_members import Captions, Member
from ostraka.assembly.finding.recognise import calls_itself_picture
from ostraka.assembly.finding.untrusted import CAPTION_SUFFIX, caption_bytes, caption_words
from ostraka.limits import Limits

_HEADER_BYTES: Final = 1_000_000
_MARGIN_BYTES: Final = 100_000
_PADDING_BYTES: Final = 65_536
_MAGIC: Final = b"ustar"
_MAGIC_PLACE: Final = slice(257, 262)
_COMPRESSED: Final[tuple[tuple[bytes, Callable[[BinaryIO], IO[bytes]]], ...]] = (
    (b"\x1f\x8b", lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file))),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
    (b"\x5d\0\0", lzma.LZMAFile),
)


def starts_tar(head: bytes) -> bool:
    """Say whether the first block of a file is that of a tar archive, or of a compressed file."""
    if head[_MAGIC_PLACE].startswith(_MAGIC) or head.startswith(
        tuple(magic for magic, _ in _COMPRESSED)
    ):
        return True
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True  # of the oldest kind, which has no magic, only a checksum


def tar_members(file: BinaryIO, limits: Limits) -> Iterator[Member]:
    """Yield the entries of a tar archive, compressed or not, in their order.

    A tar archive has no directory, and a side file may come after its picture: so it is gone
    through twice, at first for side files alone. What lies after damage or past a limit is seen by
    neither pass, and the second ends with the fault.
    """
    captions = _tar_captions(file, limits)
    stream = _BoundedStream.unpacking(file, limits)
    for entry in _tar_entries(stream):
        name = entry.info.name
        yield Member(
            name,
            entry.info.size,
            entry.read,
            partial(captions.of, name),
            is_folder=entry.info.isdir(),
        )
    stream.check_rest(limits)


@dataclass(frozen=True)
class _TarEntry:
    archive: tarfile.TarFile
    info: tarfile.TarInfo
    stream: _BoundedStream

    @property
    def is_file(self) -> bool:
        """Say whether unpacking makes a file of it; an entry of a type nobody knows becomes one."""
        return self.info.isreg() or self.info.type not in tarfile.SUPPORTED_TYPES

    def check_size(self) -> None:
        """Make sure that every program finds the next entry where we do.

        Attack: a link that declares a content; some skip it, others take it for the next entry.

        Raises:
            ArchiveUnreadableError: they do not.
        """
        if self.info.size < 0 or (self.info.size and not self.is_file):
            raise ArchiveUnreadableError("may be read in two ways, with other files in each")

    def read(self, most_bytes: int) -> bytes:
        """Return the first bytes of a file; of a link, a pipe or a device that there are none.

        Raises:
            ArchiveUnreadableError, NotRegularFileError: unpacking it makes something with the name
                of a picture, whose content is elsewhere.
        """
        if not self.is_file:
            return self._nothing()
        self.stream.allow(most_bytes + _MARGIN_BYTES)
        file = self.archive.extractfile(self.info)
        assert file is not None  # it is for files, and this is one
        with file:
            return file.read(most_bytes)

    def _nothing(self) -> bytes:
        if not calls_itself_picture(self.info.name):
            return b""
        if self.info.islnk() or self.info.issym():
            raise ArchiveUnreadableError("is a link in an archive")
        raise NotRegularFileError("is not a regular file")


def _tar_captions(file: BinaryIO, limits: Limits) -> Captions:
    captions, kept_bytes = Captions(), 0
    try:
        stream = _BoundedStream.unpacking(file, limits)
        for count, entry in enumerate(_tar_entries(stream), 1):
            if count > limits.archive_members:
                break
            name = entry.info.name
            if not name.endswith(CAPTION_SUFFIX) or entry.info.isdir():
                continue
            if not entry.is_file:
                captions.add(name, _is_elsewhere)
                continue
            data = entry.read(caption_bytes(limits) + 1)
            kept_bytes += len(data)
            kept = data if kept_bytes <= limits.archive_caption_bytes else None
            captions.add(name, partial(_kept, kept, limits, actual=entry.info.size))
    except Exception:  # noqa: BLE001, S110 -- the second pass meets the same, and reports it
        pass
    return captions


def _is_elsewhere() -> str:
    raise CaptionUnreadableError("its caption file is a link or no file in the archive")


def _kept(data: bytes | None, limits: Limits, *, actual: int) -> str:
    if data is None:
        raise FileLimitError(
            "captions of the archive",
            limit=limits.archive_caption_bytes,
            actual=None,
            unit="bytes",
        )
    return caption_words(data, limits, actual=max(actual, len(data)))


def _tar_entries(stream: _BoundedStream) -> Iterator[_TarEntry]:
    with tarfile.TarFile(fileobj=cast("IO[bytes]", stream), encoding="utf-8") as archive:
        while (info := archive.next()) is not None:
            # It remembers every member; typeshed does not know the list.
            archive.members.clear()  # type: ignore[attr-defined]
            entry = _TarEntry(archive, info, stream)
            entry.check_size()
            yield entry
            stream.allow(_HEADER_BYTES)
        _check_end(archive)


def _check_end(archive: tarfile.TarFile) -> None:
    """Make sure that the archive ends as archives do: tarfile takes a cut between two for an end.

    Raises:
        tarfile.ReadError: it does not.
    """
    assert archive.fileobj is not None
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("no end-of-archive entry")


class _BoundedStream:
    """The plain bytes of a tar archive: so many at each step, and so many in all.

    Attack: a header that declares itself of ten gigabytes, all zeros, is read whole by tarfile;
    a member of ten terabytes is unpacked only to be passed over.
    """

    def __init__(self, stream: IO[bytes], *, most_bytes: float) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._allowed_bytes = _HEADER_BYTES

    @classmethod
    def unpacking(cls, file: BinaryIO, limits: Limits) -> _BoundedStream:
        """Return the stream from the archive's start; one without compression is no bomb."""
        file.seek(0)
        head = file.read(tarfile.BLOCKSIZE)
        file.seek(0)
        for magic, unpack in _COMPRESSED:
            if head.startswith(magic):
                return cls(unpack(file), most_bytes=limits.archive_unpacked_bytes)
        return cls(file, most_bytes=math.inf)

    def allow(self, count: int) -> None:
        """Let the next step read so many bytes."""
        self._allowed_bytes = count

    def read(self, size: int) -> bytes:
        self._allowed_bytes -= size
        if self._allowed_bytes < 0:
            raise tarfile.ReadError("a header is too large")
        self._check(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, offset: int) -> int:
        self._check(offset)
        return self._stream.seek(offset)

    def check_rest(self, limits: Limits) -> None:
        """Make sure that nothing but padding follows the end of the archive.

        Attack: ``tar --ignore-zeros`` and others go on behind the mark at which we stop.

        Raises:
            ArchiveUnreadableError: there is something.
            FileLimitError: there is more padding than is read.
        """
        start = self.tell()
        while data := self._stream.read(_PADDING_BYTES):
            if data.count(0) < len(data):
                raise ArchiveUnreadableError("there is more behind the end of the archive")
            self._check(self.tell())
            if self.tell() - start > limits.archive_unpacked_bytes:
                raise FileLimitError(
                    "padding of the archive",
                    limit=limits.archive_unpacked_bytes,
                    actual=None,
                    unit="bytes",
                )

    def tell(self) -> int:
        return self._stream.tell()

    def _check(self, offset: int) -> None:
        if offset > self._most_bytes:
            raise FileLimitError(
                "unpacked size of the archive", limit=self._most_bytes, actual=offset, unit="bytes"
            )
