"""What a jailed child does with its two buffers; forking and sealing are in the integration."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from ostraka.intake import (
    BrokenPictureError,
    DecoderUnavailableError,
    PictureLimitError,
    zygote,
)
from ostraka.intake.answer import answer_bytes, read_answer
from ostraka.intake.zygote import decode_job
from ostraka.limits import DEFAULT_LIMITS, Limits


def answered(data: bytes, limits: Limits) -> memoryview:
    answer = memoryview(bytearray(answer_bytes(limits)))
    decode_job(memoryview(data), answer, limits)
    return answer


def picture(width: int = 30) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, 20), (1, 2, 3)).save(file, "PNG")
    return file.getvalue()


def test_a_picture_becomes_an_answer() -> None:
    got = read_answer(answered(picture(), DEFAULT_LIMITS), limits=DEFAULT_LIMITS)
    assert got.frames[0].shape == (20, 30, 3)
    assert got.frames[0][0, 0].tolist() == [1, 2, 3]


def test_a_refusal_becomes_an_answer() -> None:
    limits = Limits(picture_side_pixels=29)
    with pytest.raises(PictureLimitError) as caught:
        read_answer(answered(picture(), limits), limits=limits)
    assert (caught.value.limit, caught.value.actual) == (29, 30)


def test_any_fault_becomes_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("ostraka.intake.zygote.decode_pixels", fault)
    with pytest.raises(BrokenPictureError) as caught:
        read_answer(answered(picture(), DEFAULT_LIMITS), limits=DEFAULT_LIMITS)
    assert caught.value.detail == "RuntimeError"


def test_nothing_is_forked_from_more_than_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zygote, "thread_count", lambda: 1)
    zygote._check_single_threaded()
    monkeypatch.setattr(zygote, "thread_count", lambda: 2)
    with pytest.raises(DecoderUnavailableError, match="must have one thread") as caught:
        zygote._check_single_threaded()
    assert caught.value.detail == "it has 2"
