"""The photographs that scikit-image and scikit-learn carry: all benign, all real."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ostraka.learning.sources.errors import BrokenSourceError


@dataclass(frozen=True)
class Photograph:
    """One photograph inside an installed package, pinned by its own hash."""

    module: str
    path: str
    sha256: str
    concept: str
    licence: str


@cache
def photographs() -> tuple[Photograph, ...]:
    """Return the pinned photographs, whether or not their packages are installed."""
    text = files("ostraka.learning.sources").joinpath("photographs.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Photograph(module, path, sha256, concept, licence)
        for module, path, sha256, concept, licence in rows
    )


def installed_photographs() -> tuple[Photograph, ...]:
    """Return the photographs whose packages are installed here."""
    return tuple(photo for photo in photographs() if _file_of(photo) is not None)


def read_photograph(photo: Photograph) -> bytes:
    """Return the file's bytes; refuse a file that is not the reviewed one."""
    path = _file_of(photo)
    if path is None:
        raise BrokenSourceError(f"{photo.module} is not installed: run `make setup`")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise BrokenSourceError(f"{photo.module}/{photo.path} is not the reviewed photograph")
    return data


def _file_of(photo: Photograph) -> Path | None:
    # Found without importing: the package's code is not needed to read its pictures.
    spec = importlib.util.find_spec(photo.module.partition(".")[0])
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent.joinpath(*photo.module.split(".")[1:], photo.path)
    return path if path.is_file() else None
