"""Everything below a folder, in order, whatever somebody did to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ostraka.assembly.errors import FolderUnreadableError
from ostraka.assembly.finding.untrusted import Skipped, UntrustedPicture, held


def is_folder(path: Path) -> bool:
    """Say whether a path leads to a folder; what cannot be asked is none."""
    try:
        return path.is_dir()
    except OSError:  # its own reading will say why
        return False


def files_below(folder: Path, skipped: Skipped) -> Iterator[Path | UntrustedPicture]:
    """Yield the files below a folder by name, each folder's own before those of folders within.

    A folder that cannot be listed to its end comes as a picture that cannot be read, so that it is
    seen. Links to folders are counted and not followed. However deep it goes, the stack does not.
    """
    waiting = [folder]
    while waiting:
        content = _Content.of(waiting.pop(), skipped)
        yield from sorted(content.files)
        if content.fault is not None:
            yield content.fault
        waiting.extend(sorted(content.folders, reverse=True))


@dataclass
class _Content:
    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    fault: UntrustedPicture | None = None

    @classmethod
    def of(cls, folder: Path, skipped: Skipped) -> _Content:
        content = cls()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    content.add(entry, skipped)
        except OSError as error:
            words = f"the folder cannot be read: {error.strerror}"
            content.fault = held(folder, FolderUnreadableError(words))
        return content

    def add(self, entry: os.DirEntry[str], skipped: Skipped) -> None:
        """Sort one entry in; one that cannot be asked is taken for a file, whose reading says why.

        Raises: nothing, so that one entry does not hide those after it.
        """
        try:
            folder, link = entry.is_dir(), entry.is_symlink()
        except OSError:
            folder = link = False
        if folder and link:
            skipped.folder_links += 1
        else:
            (self.folders if folder else self.files).append(Path(entry.path))
