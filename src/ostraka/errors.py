"""The one base of Ostraka's errors, and the families by who is at fault.

Every error has a stable ``code``, a message that is safe to show to anyone, and optional private
detail for the log alone. A room's own errors live in its ``errors.py`` and derive from one family.
"""

from __future__ import annotations

from typing import ClassVar


class OstrakaError(Exception):
    """Something that Ostraka says went wrong; ``code`` is stable, ``str()`` is safe to show."""

    code: ClassVar[str] = "ostraka"

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class SenderError(OstrakaError):
    """The bytes or the request are at fault; the sender can mend it."""

    code = "sender"


class OperatorError(OstrakaError):
    """Configuration, files or arguments given by the operator are at fault."""

    code = "operator"


class InternalError(OstrakaError):
    """We are at fault: a part of Ostraka failed or broke its own promise."""

    code = "internal"


class SuspectedAttackError(OstrakaError):
    """Hardly explained by anything but an attack: a denial in a jail, a forged file."""

    code = "attack_suspected"


class LimitExceededError(SenderError):
    """A declared limit was passed; names the resource, the limit and the actual value."""

    code = "limit_exceeded"

    def __init__(self, resource: str, *, limit: float, actual: float, unit: str = "") -> None:
        suffix = f" {unit}" if unit else ""
        super().__init__(f"{resource}: {actual:g}{suffix} is over the limit of {limit:g}{suffix}")
        self.resource = resource
        self.limit = limit
        self.actual = actual
        self.unit = unit
