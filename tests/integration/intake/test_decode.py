"""Honest pictures, odd and ordinary, through the real jail."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from operator import gt
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.integration.intake.hostile import ANIMATING, FORMATS, animation, file, scene

from ostraka.intake import (
    Decoder,
    DecoderUnavailableError,
    PictureFormat,
    PictureLimitError,
    decode,
    decode_canonical,
)
from ostraka.intake.answer import answer_bytes
from ostraka.intake.jail import DecoderJail
from ostraka.isolation import SharedBuffer
from ostraka.limits import DEFAULT_LIMITS, Limits


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_out_as_it_looks(decoder: Decoder, name: str) -> None:
    data = file(scene(200, 120), name)
    picture = decoder.decode(data)
    with Image.open(BytesIO(data)) as opened:
        expected = np.asarray(opened.convert("RGB")).astype(int)
    assert picture.format is PictureFormat(name.lower())
    assert (picture.width, picture.height) == (200, 120)
    assert (picture.declared_width, picture.declared_height, picture.declared_frames) == (
        200,
        120,
        1,
    )
    assert not picture.animated
    assert np.abs(picture.frames[0] - expected).mean() < 4
    assert picture.original_sha256 == hashlib.sha256(data).hexdigest()


def test_what_is_scanned_is_what_is_stored(decoder: Decoder) -> None:
    picture = decoder.decode(file(scene(), "PNG"))
    assert picture.canonical_sha256 == hashlib.sha256(picture.canonical).hexdigest()
    (stored,) = decode_canonical(picture.canonical)
    assert np.array_equal(stored, picture.frames[0])
    assert len(picture.fingerprints) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_bytes_give_the_same_picture_from_any_jail(decoder: Decoder, name: str) -> None:
    data = file(scene(), name)
    with Decoder() as other:
        first, again = decoder.decode(data), other.decode(data)
    assert first.canonical_sha256 == again.canonical_sha256
    assert first.fingerprints == again.fingerprints


@pytest.mark.parametrize("name", ANIMATING)
def test_an_animation_keeps_frames_from_first_to_last(decoder: Decoder, name: str) -> None:
    picture = decoder.decode(animation(name, 40))
    assert picture.declared_frames == 40
    assert len(picture.frames) == len(picture.fingerprints) == 16
    assert picture.animated
    for kept, seed in ((picture.frames[0], 0), (picture.frames[-1], 39)):
        expected = np.asarray(scene(seed=seed)).astype(int)
        assert np.abs(kept - expected).mean() < 12


def test_a_frame_that_is_not_kept_exists_no_more(decoder: Decoder) -> None:
    # no two neighbours are equal, else the file itself would have fewer frames
    pictures = [Image.new("RGB", (64, 48), (20 + index % 2, 20, 20)) for index in range(40)]
    pictures[1] = Image.new("RGB", (64, 48), (255, 0, 0))
    data = file(pictures[0], "WEBP", save_all=True, append_images=pictures[1:], lossless=True)
    picture = decoder.decode(data)
    assert picture.declared_frames == 40
    assert all(int(frame.max()) < 40 for frame in decode_canonical(picture.canonical))


def test_a_large_picture_is_bounded_and_keeps_its_shape(decoder: Decoder) -> None:
    picture = decoder.decode(file(scene(6000, 3000), "JPEG"))
    assert (picture.declared_width, picture.declared_height) == (6000, 3000)
    assert (picture.width, picture.height) == (2048, 1024)


@pytest.mark.parametrize("size", [(5000, 1), (1, 5000), (1, 1), (3, 2)])
def test_a_sliver_is_still_a_picture(decoder: Decoder, size: tuple[int, int]) -> None:
    picture = decoder.decode(file(scene(*size), "PNG"))
    assert max(picture.width, picture.height) == min(max(size), 2048)
    assert min(picture.width, picture.height) >= 1


def test_a_huge_jpeg_is_drafted_to_the_same_picture(decoder: Decoder) -> None:
    original = scene(6000, 4800)
    drafted = decoder.decode(file(original, "JPEG", quality=95)).frames[0]
    full = decoder.decode(file(original, "PNG", compress_level=1)).frames[0]
    assert drafted.shape == full.shape == (1638, 2048, 3)
    assert np.abs(drafted.astype(int) - full).mean() < 2


def test_threads_may_share_a_decoder(decoder: Decoder) -> None:
    files = [file(scene(seed=index % 3), "PNG") for index in range(24)]
    alone = [decoder.decode(data).canonical_sha256 for data in files[:3]]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda data: decoder.decode(data).canonical_sha256, files))
    assert together == [alone[index % 3] for index in range(24)]


def test_no_descriptor_is_left_behind(decoder: Decoder) -> None:
    decoder.decode(file(scene(), "PNG"))
    zygote = decoder._jail._zygote
    assert zygote is not None
    folders = [Path("/proc/self/fd"), Path(f"/proc/{zygote._process.pid}/fd")]
    before = [len(list(folder.iterdir())) for folder in folders]
    for _ in range(20):
        decoder.decode(file(scene(), "PNG"))
    deadline = time.monotonic() + 2  # the zygote closes its end just after it has answered
    while any(map(gt, after := [len(list(folder.iterdir())) for folder in folders], before)):
        assert time.monotonic() < deadline, (before, after)


def test_the_zygote_holds_no_secret_of_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTRAKA_SECRET", "hunter2")
    with Decoder() as decoder:
        decoder.decode(file(scene(), "PNG"))
        zygote = decoder._jail._zygote
        assert zygote is not None
        environment = Path(f"/proc/{zygote._process.pid}/environ").read_bytes()
    assert b"hunter2" not in environment


def test_a_dead_zygote_is_replaced(decoder: Decoder) -> None:
    data = file(scene(), "PNG")
    before = decoder.decode(data)
    zygote = decoder._jail._zygote
    assert zygote is not None
    os.kill(zygote._process.pid, signal.SIGKILL)
    zygote._process.wait()
    assert decoder.decode(data).canonical_sha256 == before.canonical_sha256


def test_an_owner_that_no_longer_listens_harms_nobody(decoder: Decoder) -> None:
    data = file(scene(), "PNG")
    decoder.decode(data)
    jail = decoder._jail
    zygote = jail._zygote
    with (
        SharedBuffer.holding(data) as given,
        SharedBuffer.create(answer_bytes(DEFAULT_LIMITS)) as answer,
    ):
        heard, told = os.pipe()
        os.close(heard)
        jail._ordered((given.descriptor, answer.descriptor, told))
        os.close(told)
    assert decoder.decode(data).width == 64
    assert jail._zygote is zygote


@pytest.mark.parametrize("words", [b"x", b"", b"d"])
def test_a_zygote_given_no_proper_order_leaves(words: bytes) -> None:
    jail = DecoderJail(DEFAULT_LIMITS)
    jail.decode(file(scene(), "PNG"))
    zygote = jail._zygote
    assert zygote is not None
    if words:
        zygote._socket.send(words)
    else:
        zygote._socket.close()
    assert zygote._process.wait(10) == 0
    jail.close()


def test_a_zygote_that_dies_amid_a_picture_is_replaced() -> None:
    data = file(scene(5000, 5000), "PNG", compress_level=1)
    with Decoder() as decoder:
        decoder.decode(file(scene(), "PNG"))
        zygote = decoder._jail._zygote
        assert zygote is not None
        killer = threading.Timer(0.05, os.kill, (zygote._process.pid, signal.SIGKILL))
        killer.start()
        assert decoder.decode(data).width == 2048
        killer.join()


@pytest.mark.parametrize(
    "program", ["raise SystemExit", "import os, time; os.close(0); time.sleep(9)"]
)
def test_a_zygote_that_cannot_start_holds_the_picture(program: str) -> None:
    jail = DecoderJail(DEFAULT_LIMITS, zygote=("-c", program))
    with pytest.raises(DecoderUnavailableError), Decoder(jail=jail) as decoder:
        decoder.decode(file(scene(), "PNG"))


def test_a_zygote_that_hangs_is_replaced_and_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostraka.intake.jail._HANGING_SECONDS", 0.1)
    program = "import time; time.sleep(60)"
    limits = Limits(decode_seconds=0.1)
    jail = DecoderJail(limits, zygote=("-c", program))
    with pytest.raises(DecoderUnavailableError):
        jail.decode(file(scene(), "PNG"))


def test_a_file_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(
        PictureLimitError, match="file size: 1,001 bytes is over the limit of 1,000"
    ):
        decode(bytes(1_001), limits=Limits(file_bytes=1_000))


def test_decode_is_a_function_of_bytes() -> None:
    data = file(scene(), "GIF")
    assert decode(data).canonical == decode(data).canonical
