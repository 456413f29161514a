"""What a machine must offer, and whether it does."""

from __future__ import annotations

import platform
import stat
import sys
from collections.abc import Callable, Iterator
from io import BytesIO

from PIL import Image

from ostraka.assembly.compose import chosen_stack, open_release
from ostraka.assembly.listing import CheckLine
from ostraka.assembly.remembering.evidence_cache import EvidenceCache
from ostraka.assembly.settings import Settings
from ostraka.errors import OstrakaError
from ostraka.intake import Decoder
from ostraka.isolation import seal_is_possible
from ostraka.isolation.kernel import landlock_abi
from ostraka.isolation.syscalls import this_architecture

_PYTHON = (3, 11)
_WORKER_BYTES = 600_000_000
_OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO


def diagnose(settings: Settings) -> Iterator[CheckLine]:
    """Yield one line for each thing that was looked at."""
    version = platform.python_version()
    yield _line("python", fine=sys.version_info >= _PYTHON, found=version)
    yield _line("seccomp", fine=seal_is_possible(), found=platform.release())
    yield _landlock()
    yield _asked("decoder's jail", _decoder)
    yield _asked("models", lambda: _models(settings))
    yield _asked("release", lambda: _release(settings))
    yield _memory(settings)
    yield _home(settings)
    yield _cache(settings)


def _landlock() -> CheckLine:
    architecture = this_architecture()
    abi = landlock_abi(architecture) if architecture is not None else 0
    found = f"ABI {abi}" if abi else "not offered; seccomp alone is the wall"
    return _line("landlock", fine=abi > 0, needed=False, found=found)


def _decoder() -> str:
    file = BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(file, "PNG")
    with Decoder() as decoder:
        decoder.decode(file.getvalue())
    return "decodes a picture and is sealed"


def _models(settings: Settings) -> str:
    stack = chosen_stack(settings)
    stack.warm()
    return f"all as pinned; stack {stack.identity()[:16]}"


def _release(settings: Settings) -> str:
    release = open_release(settings, stack_id=chosen_stack(settings).identity())
    return f"{release.release_id[:16]}, signed by key {release.signed_by}"


def _memory(settings: Settings) -> CheckLine:
    lines = dict(line.split(":", 1) for line in _memory_lines())
    available = int(lines["MemAvailable"].split()[0]) * 1024
    fits = available >= settings.jobs * _WORKER_BYTES
    found = f"{available / 1e9:.1f} GB free for {settings.jobs} workers of about 0.6 GB"
    return _line("memory", fine=fits, needed=False, found=found)


def _memory_lines() -> list[str]:
    with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 -- not a real file
        return file.read().splitlines()


def _home(settings: Settings) -> CheckLine:
    home = settings.home
    if not home.exists():
        return _line("home", fine=True, found=f"{home} will be made")
    shared = [
        folder.name
        for folder in (settings.cache_folder, settings.keys_folder, settings.banks_folder)
        if folder.exists() and folder.stat().st_mode & _OTHERS_MAY
    ]
    found = f"{home}: others may enter {', '.join(shared)}" if shared else str(home)
    return _line("home", fine=not shared, found=found)


def _cache(settings: Settings) -> CheckLine:
    size = EvidenceCache(settings.cache_folder, limit_bytes=settings.cache_bytes).size_bytes()
    found = f"{size / 1e6:.0f} MB of at most {settings.cache_bytes / 1e6:.0f} MB"
    return _line("cache", fine=True, found=found)


def _asked(check: str, ask: Callable[[], str]) -> CheckLine:
    try:
        return _line(check, fine=True, found=ask())
    except OstrakaError as error:
        return _line(check, fine=False, found=str(error))


def _line(check: str, *, fine: bool, found: str, needed: bool = True) -> CheckLine:
    return CheckLine(check=check, fine=fine, needed=needed, found=found)
