"""What can go wrong between the operator and the parts."""

from __future__ import annotations

from ostraka.errors import LimitExceededError, OperatorError, SenderError


class SettingError(OperatorError):
    """A setting has a value that cannot be used."""

    code = "setting"


class PlaceUnusableError(OperatorError):
    """Where the operator wants something written, it cannot be."""

    code = "place_unusable"


class NothingToScanError(OperatorError):
    """No picture was found where the operator said to look."""

    code = "nothing_to_scan"


class FileUnreadableError(SenderError):
    """A file cannot be opened or read to its end."""

    code = "file_unreadable"


class NotRegularFileError(FileUnreadableError):
    """A pipe, a socket, a device or a folder stands where a file should."""


class FolderUnreadableError(SenderError):
    """A folder cannot be listed, or not to its end: pictures in it may have been missed."""

    code = "folder_unreadable"


class CaptionUnreadableError(SenderError):
    """A picture has a caption that cannot be read, so it cannot be weighed."""

    code = "caption_unreadable"


class ArchiveUnreadableError(SenderError):
    """An archive is damaged, encrypted, or not of a kind that is read."""

    code = "archive_unreadable"


class FileLimitError(LimitExceededError):
    """A file, a side file or an archive is larger than what is read."""

    code = "file_limit"


class EvaluationUnreadableError(OperatorError):
    """A release carries an evaluation in the form of another version of Ostraka."""

    code = "evaluation_unreadable"


class SecretFileError(OperatorError):
    """A file is not fit to be a secret: empty, too short, or open to others."""

    code = "secret_file"
