"""Model files inside installed packages: found without running the package, used only if pinned."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from ostraka.evidence.errors import WeightsChangedError, WeightsMissingError


def packaged_file(package: str, *parts: str) -> Path:
    """Return the path of a file inside an installed package, without importing the package.

    A model package's own Python code has no business in the jail: some load runtimes on import.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, *parts)
        if path.is_file():
            return path
    raise WeightsMissingError(
        f"the model {'/'.join((package, *parts))} is not installed; run the set-up again"
    )


def pinned_bytes(path: Path, *, sha256: str) -> bytes:
    """Return the file's bytes if, and only if, they hash to ``sha256``.

    The bytes that were hashed are the bytes that are used: nothing is opened a second time.
    """
    content = path.read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise WeightsChangedError(
            f"{path.name} is not the file that this version of Ostraka was measured with",
            detail=f"{path}: expected SHA-256 {sha256}, found {actual}",
        )
    return content


def check_pinned(path: Path, *, sha256: str) -> Path:
    """Return the path if its content hashes to ``sha256``; for engines that only take a path."""
    with path.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != sha256:
        raise WeightsChangedError(
            f"{path.name} is not the file that this version of Ostraka was measured with",
            detail=f"{path}: expected SHA-256 {sha256}, found {actual}",
        )
    return path
