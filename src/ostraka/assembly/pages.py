"""Pages that carry everything within themselves: no script, no network, nothing unescaped."""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ostraka.assembly", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, **values: object) -> str:
    """Return a template filled with values, each escaped for HTML."""
    return _environment().get_template(template).render(**values)


@cache
def style() -> str:
    """Return the look that every page shares."""
    return resources.files("ostraka.assembly").joinpath("templates", "style.css").read_text()
