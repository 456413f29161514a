"""What can be wrong with a source of pictures or lines."""

from __future__ import annotations

from ostraka.errors import InternalError, OperatorError, SuspectedAttackError


class ArchiveHashError(SuspectedAttackError):
    """An archive is not, byte for byte, the one that was reviewed and pinned."""

    code = "archive_hash"


class UnsafeArchiveError(SuspectedAttackError):
    """An archive names files outside its own folder, or unpacks to more than was declared."""

    code = "unsafe_archive"


class PackageUnreachableError(OperatorError):
    """A package client is missing, or could not bring the pinned version."""

    code = "package_unreachable"


class UnknownPackageError(OperatorError):
    """A package was asked for that is not in the pinned table."""

    code = "unknown_package"


class BrokenSourceError(OperatorError):
    """A fetched source does not hold what the reviewed version holds."""

    code = "broken_source"


class LinesFileError(InternalError):
    """A file of text lines breaks the rules that its data sheet promises."""

    code = "lines_file"
