"""An exploited decoder tries to leave its jail: every attempt is its last act, and only its own.

The attacker's code runs in a real jailed child, in place of the decoder, after the seal.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.intake import attack_zygote
from tests.integration.intake.hostile import file, scene

from ostraka.errors import SenderError, SuspectedAttackError
from ostraka.intake import (
    DecodeMemoryError,
    DecoderCrashedError,
    DecoderDeniedError,
    DecoderUnavailableError,
    DecodeTimeoutError,
    ForgedAnswerError,
)
from ostraka.intake.answer import answer_bytes
from ostraka.intake.jail import DecoderJail
from ostraka.isolation import SharedBuffer
from ostraka.limits import Limits

LIMITS = Limits(decode_seconds=30, decode_memory_bytes=400_000_000)
HASTY = Limits(decode_seconds=0.5)
ZYGOTE = (str(Path(attack_zygote.__file__)),)


@pytest.fixture(scope="module")
def jail() -> Iterator[DecoderJail]:
    jail = DecoderJail(LIMITS, zygote=ZYGOTE)
    yield jail
    jail.close()


def assert_still_decodes(jail: DecoderJail) -> None:
    assert jail.decode(file(scene(), "PNG")).declared_width == 64


@pytest.mark.parametrize("name", attack_zygote.ESCAPES, ids=bytes.decode)
def test_the_decoder_dies_when_it_tries_to(jail: DecoderJail, name: bytes) -> None:
    with pytest.raises(DecoderDeniedError) as caught:
        jail.decode(name)
    assert isinstance(caught.value, SuspectedAttackError)
    assert_still_decodes(jail)


def test_the_decoder_inherits_no_descriptor_that_it_could_use(jail: DecoderJail) -> None:
    with (
        SharedBuffer.holding(b"use any descriptor") as given,
        SharedBuffer.create(answer_bytes(LIMITS)) as answer,
    ):
        assert jail._run(given, answer) == (1, 0)
        (usable,) = struct.unpack_from("<I", answer.view, 200)
    assert usable == 0


def test_an_endless_loop_is_killed_in_time() -> None:
    jail = DecoderJail(HASTY, zygote=ZYGOTE)
    begun = time.monotonic()
    with pytest.raises(DecodeTimeoutError) as caught:
        jail.decode(b"loop for ever")
    jail.close()
    assert time.monotonic() - begun < 10
    assert caught.value.limit == HASTY.decode_seconds
    assert caught.value.actual is not None
    assert HASTY.decode_seconds < caught.value.actual < 5


def test_an_endless_loop_delays_nobody_else() -> None:
    jail = DecoderJail(Limits(decode_seconds=2), zygote=ZYGOTE)
    assert_still_decodes(jail)
    with ThreadPoolExecutor(1) as pool:
        looping = pool.submit(jail.decode, b"loop for ever")
        assert_still_decodes(jail)
        assert not looping.done()
        with pytest.raises(DecodeTimeoutError):
            looping.result(timeout=20)
    jail.close()


def test_a_memory_hog_ends_in_a_refusal_that_names_the_limit(jail: DecoderJail) -> None:
    with pytest.raises(
        DecodeMemoryError, match="memory for decoding: more than the limit of 400,000,000 bytes"
    ):
        jail.decode(b"eat memory")
    assert_still_decodes(jail)


@pytest.mark.parametrize("name", [b"crash", b"abort", b"leave silently"], ids=bytes.decode)
def test_a_crash_is_contained_and_is_no_alarm(jail: DecoderJail, name: bytes) -> None:
    with pytest.raises(DecoderCrashedError) as caught:
        jail.decode(name)
    assert isinstance(caught.value, SenderError)
    assert_still_decodes(jail)


@pytest.mark.parametrize("name", [b"forge sizes", b"scribble over everything"], ids=bytes.decode)
def test_forged_sizes_are_refused(jail: DecoderJail, name: bytes) -> None:
    with pytest.raises(ForgedAnswerError):
        jail.decode(name)
    assert_still_decodes(jail)


def test_an_unexplained_ending_holds_the_picture(jail: DecoderJail) -> None:
    with pytest.raises(DecoderUnavailableError):
        jail.decode(b"leave with a status")
    assert_still_decodes(jail)
