"""Starting our own interpreter, so that it runs our code and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

_ROOT: Final = Path("/")
_PACKAGES: Final = Path(__file__).resolve().parents[2]
_TAIL_BYTES: Final = 4_096
_LINE_CHARACTERS: Final = 300
# A process that forks workers must have one thread, and a sealed one cannot start any; OpenBLAS
# starts one for each processor as soon as numpy is imported.
_ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


class LastWords:
    """Takes a child's standard error and remembers where it ends; no reader, no file on disk."""

    def __init__(self) -> None:
        self._file: IO[bytes] = os.fdopen(os.memfd_create("last words"), "r+b", buffering=0)

    def fileno(self) -> int:
        """Return what to hand to the child as ``stderr``."""
        return self._file.fileno()

    def line(self) -> str:
        """Return the last line that says anything, printable and cut; empty where there is none."""
        try:
            size = os.fstat(self._file.fileno()).st_size
            tail = os.pread(self._file.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        except (OSError, ValueError):  # closed
            return ""
        lines = [line.strip() for line in tail.decode("utf-8", "replace").splitlines()]
        last = next((line for line in reversed(lines) if line), "")
        return "".join(c if c.isprintable() else "?" for c in last[:_LINE_CHARACTERS])

    def close(self) -> None:
        """Forget them."""
        self._file.close()


def start_python(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
    last_words: LastWords,
    pass_fds: Sequence[int] = (),
    start_new_session: bool = False,
) -> subprocess.Popen[bytes]:
    """Start our interpreter; it finds modules where we find ours, and computes in one thread.

    Attack: the folder that is scanned holds a ``json.py`` or a ``sitecustomize.py``. It is often
    the current folder, from which ``python -m`` imports before anything else.

    Args:
        arguments: what follows the interpreter's own options.
        environment: the only variables it gets, besides those that say where modules are.
        last_words: where its standard error goes; its standard output goes nowhere.
        stdin: its standard input; empty by default.
        pass_fds: descriptors that it inherits besides the standard streams.
        start_new_session: whether the terminal's signals pass it by.
    """
    return subprocess.Popen(
        [sys.executable, "-s", "-P", *arguments],
        env={**_ONE_THREAD, "LC_ALL": "C.UTF-8", **environment, "PYTHONPATH": module_path()},
        cwd=_ROOT,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=last_words.fileno(),
        pass_fds=pass_fds,
        start_new_session=start_new_session,
    )


def module_path() -> str:
    """Return where our own modules come from, without the current folder.

    ``python -m`` and an empty entry of PYTHONPATH put the current folder among ours; it stays only
    where it is the folder that Ostraka itself comes from.
    """
    return os.pathsep.join(entry for entry in sys.path if _is_ours(Path(entry)))


def _is_ours(entry: Path) -> bool:
    if not entry.is_absolute():
        return False
    try:
        return not entry.samefile(".") or entry.samefile(_PACKAGES)
    except OSError:  # an entry that is not there holds no modules either
        return True


def thread_count() -> int:
    """Return how many threads this process has, whoever started them."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())
