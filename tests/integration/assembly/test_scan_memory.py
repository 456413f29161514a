"""The memory of a scan does not grow with the number of pictures."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PROGRAM = Path(sys.executable).parent / "ostraka"


def write_pictures(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((320, 240), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:05}.jpg", quality=80)
    return folder


def peak_megabytes(folder: Path, home: Path) -> float:
    """Scan a folder with a report; return the most that the command itself held at any time."""
    arguments = [str(PROGRAM), "scan", "--json", str(folder), "--report", f"{home}/report.html"]
    peak = 0.0
    with subprocess.Popen(
        arguments,
        env={"PATH": os.environ["PATH"], "OSTRAKA_HOME": str(home), "OSTRAKA_JOBS": "2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        while run.poll() is None:
            try:
                lines = Path(f"/proc/{run.pid}/status").read_text(encoding="ascii").splitlines()
            except OSError:
                break
            found = [line for line in lines if line.startswith("VmHWM:")]
            peak = max([peak, *(int(line.split()[1]) / 1024 for line in found)])
            time.sleep(0.02)
    assert run.returncode in {0, 1}
    return peak


@pytest.mark.slow
def test_ten_times_the_pictures_take_no_more_memory(tmp_path: Path) -> None:
    few = peak_megabytes(write_pictures(tmp_path / "few", 50), tmp_path / "home-few")
    many = peak_megabytes(write_pictures(tmp_path / "many", 500), tmp_path / "home-many")
    print(f"peak of 50 pictures {few:.0f} MB, of 500 pictures {many:.0f} MB")  # noqa: T201 -- the figure
    assert many < 1.1 * few
