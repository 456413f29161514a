"""The one base of Ostraka's errors, and the families by who is at fault.

Every error has a stable ``code``, a message that is safe to show to anyone, and optional private
detail for the log alone. A room's own errors live in its ``errors.py`` and derive from one family.
"""

from __future__ import annotations

from typing import ClassVar, Final

_MOST_DECIMALS: Final = 9


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
    """A declared limit was passed; names the resource, the limit and the actual value.

    ``actual`` is None where all that is known is that it is over the limit.
    """

    code = "limit_exceeded"

    def __init__(
        self, resource: str, *, limit: float, actual: float | None, unit: str = ""
    ) -> None:
        super().__init__(_limit_words(resource, limit, actual, f" {unit}" if unit else ""))
        self.resource = resource
        self.limit = limit
        self.actual = actual
        self.unit = unit


def _limit_words(resource: str, limit: float, actual: float | None, unit: str) -> str:
    if actual is None:
        return f"{resource}: more than the limit of {_figure(limit, decimals=2)}{unit}"
    given, most = _figures_apart(actual, limit)
    return f"{resource}: {given}{unit} is over the limit of {most}{unit}"


def _figures_apart(first: float, second: float) -> tuple[str, str]:
    """Return two values with as many decimals as it takes to see which is larger."""
    for decimals in range(2, _MOST_DECIMALS):
        figures = _figure(first, decimals=decimals), _figure(second, decimals=decimals)
        if figures[0] != figures[1]:
            return figures
    return str(first), str(second)


def _figure(value: float, *, decimals: int) -> str:
    """Return a value with thousands apart and no trailing zeros; an integer is always whole."""
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
