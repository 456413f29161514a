"""What can go wrong in learning, training and releases."""

from __future__ import annotations

from ostraka.errors import OperatorError, SuspectedAttackError


class ReleaseRefusedError(SuspectedAttackError):
    """A release is not what was signed, or not for this installation; nothing of it is used.

    ``reason`` is one stable word (``signature``, ``key``, ``hash``, ``stack``, ``files``,
    ``format``, ``content``); ``what`` names the file or field that is off.
    """

    code = "release_refused"

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(f"release refused ({reason}): {what}")
        self.reason = reason
        self.what = what


class SigningKeyError(OperatorError):
    """A key file cannot be read, or is not an Ed25519 key."""

    code = "signing_key_unusable"


class TooFewExamplesError(OperatorError):
    """There are not enough labelled examples to train or to calibrate from."""

    code = "examples_too_few"


class ManifestError(OperatorError):
    """An entry is asked for that a manifest does not hold."""

    code = "manifest_entry_missing"
