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

from ostraka.assembly.archive_members import Captions, Member
from ostraka.assembly.errors import FileLimitError
from ostraka.assembly.untrusted import CAPTION_SUFFIX, caption_bytes, caption_words
from ostraka.limits import Limits

_HEADER_BYTES: Final = 1_000_000
_MARGIN_BYTES: Final = 100_000
_COMPRESSED: Final[tuple[tuple[bytes, Callable[[BinaryIO], IO[bytes]]], ...]] = (
    (b"\x1f\x8b", lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file))),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
    (b"\x5d\0\0", lzma.LZMAFile),
)


def tar_members(file: BinaryIO, limits: Limits) -> Iterator[Member]:
    """Yield the files of a tar archive, compressed or not, in their order.

    A tar archive has no directory, and a side file may come after its picture: so it is gone
    through twice, at first for side files alone. What lies after damage or past a limit is seen by
    neither pass, and the second ends with the fault.
    """
    captions = _tar_captions(file, limits)
    for member in _tar_files(file, limits):
        yield Member(member.name, member.size, member.read, partial(captions.of, member.name))


@dataclass(frozen=True)
class _TarFile:
    name: str
    size: int
    read: Callable[[int], bytes]


def _tar_captions(file: BinaryIO, limits: Limits) -> Captions:
    captions, kept_bytes = Captions(), 0
    try:
        for count, member in enumerate(_tar_files(file, limits), 1):
            if count > limits.archive_members:
                break
            if member.name.endswith(CAPTION_SUFFIX):
                data = member.read(caption_bytes(limits) + 1)
                kept_bytes += len(data)
                kept = data if kept_bytes <= limits.archive_caption_bytes else None
                captions.add(member.name, partial(_kept, kept, limits, actual=member.size))
    except Exception:  # noqa: BLE001, S110 -- the second pass meets the same, and reports it
        pass
    return captions


def _kept(data: bytes | None, limits: Limits, *, actual: int) -> str:
    if data is None:
        raise FileLimitError(
            "captions of the archive",
            limit=limits.archive_caption_bytes,
            actual=None,
            unit="bytes",
        )
    return caption_words(data, limits, actual=max(actual, len(data)))


def _tar_files(file: BinaryIO, limits: Limits) -> Iterator[_TarFile]:
    stream = _BoundedStream.unpacking(file, limits)
    with tarfile.TarFile(fileobj=cast("IO[bytes]", stream)) as archive:
        while (info := archive.next()) is not None:
            # It remembers every member; typeshed does not know the list.
            archive.members.clear()  # type: ignore[attr-defined]
            if info.isreg():
                yield _TarFile(info.name, info.size, partial(_read_tar, archive, info, stream))
            stream.allow(_HEADER_BYTES)
        _check_end(archive)


def _read_tar(
    archive: tarfile.TarFile, info: tarfile.TarInfo, stream: _BoundedStream, most_bytes: int
) -> bytes:
    stream.allow(most_bytes + _MARGIN_BYTES)
    file = archive.extractfile(info)
    assert file is not None  # it is for regular files, and this is one
    with file:
        return file.read(most_bytes)


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

    def tell(self) -> int:
        return self._stream.tell()

    def _check(self, offset: int) -> None:
        if offset > self._most_bytes:
            raise FileLimitError(
                "unpacked size of the archive", limit=self._most_bytes, actual=offset, unit="bytes"
            )
