from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ostraka.evidence.bound_text import bound_text
from ostraka.evidence.errors import ForgedEvidenceError
from ostraka.evidence.layout import (
    EvidenceShape,
    ExtractorShape,
    LayoutError,
    Order,
    Reader,
    Writer,
    read_evidence,
    read_frames,
    read_texts,
    read_vectors,
    write_evidence,
    write_frames,
    write_texts,
)
from ostraka.evidence.model import FrameEvidence, TextFound, TextLine
from ostraka.limits import DEFAULT_LIMITS

SHAPE = EvidenceShape(
    (ExtractorShape("one", 3, ("one.a", "one.b")), ExtractorShape("two", 2, ())), text_dimension=4
)

unit = st.floats(0, 1, width=32)
feature = st.floats(-1e6, 1e6, width=32)
lines = st.builds(TextLine, st.text(max_size=30), unit, st.tuples(unit, unit, unit, unit))
texts = st.builds(TextFound, st.lists(lines, max_size=4).map(tuple), unit)


@st.composite
def frames(draw: st.DrawFn) -> FrameEvidence:
    features = {
        "one": draw(arrays(np.float32, 3, elements=feature)),
        "two": draw(arrays(np.float32, 2, elements=feature)),
    }
    return FrameEvidence(features, {"one.a": draw(unit), "one.b": draw(unit)}, draw(texts))


def unit_vectors(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.eye(4, dtype=np.float32)[np.arange(count) % 4]


def written(evidence: list[FrameEvidence], vectors: int) -> bytes:
    memory = bytearray(SHAPE.answer_bytes(frames=len(evidence), texts=vectors))
    writer = Writer(memoryview(memory))
    write_evidence(writer, SHAPE, evidence, unit_vectors(vectors))
    return bytes(memory[: writer.length])


@given(st.lists(frames(), min_size=1, max_size=3), st.integers(0, 5))
def test_evidence_comes_back_as_it_went(evidence: list[FrameEvidence], vectors: int) -> None:
    reader = Reader(written(evidence, vectors))
    back = read_evidence(reader, SHAPE, frame_count=len(evidence))
    assert np.array_equal(read_vectors(reader, SHAPE, count=vectors), unit_vectors(vectors))
    for ours, theirs in zip(evidence, back, strict=True):
        assert ours.detections == theirs.detections
        assert ours.text == theirs.text
        for name, values in ours.features.items():
            assert np.array_equal(values, theirs.features[name])


@settings(max_examples=300)
@given(frames(), st.integers(0, 2), st.data())
def test_a_torn_or_altered_answer_is_refused_or_well_formed(
    evidence: FrameEvidence, vectors: int, data: st.DataObject
) -> None:
    answer = bytearray(written([evidence], vectors))
    for _ in range(data.draw(st.integers(1, 4))):
        answer[data.draw(st.integers(0, len(answer) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(answer)))
    reader = Reader(bytes(answer[:cut]))
    try:
        (frame,) = read_evidence(reader, SHAPE, frame_count=1)
        read_vectors(reader, SHAPE, count=vectors)
    except ForgedEvidenceError:
        return
    assert all(np.isfinite(values).all() for values in frame.features.values())
    assert all(0 <= value <= 1 for value in frame.detections.values())
    assert 0 <= frame.text.unreadable_share <= 1


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_forged_evidence_and_nothing_worse(content: bytes) -> None:
    reader = Reader(content)
    try:
        read_evidence(reader, SHAPE, frame_count=1)
        read_vectors(reader, SHAPE, count=1)
    except ForgedEvidenceError:
        return


def with_text(*counts: int, characters: int) -> list[FrameEvidence]:
    """Return frames with so many lines each, of so many characters."""
    features = {"one": np.zeros(3, np.float32), "two": np.zeros(2, np.float32)}
    line = TextLine("x" * characters, 1.0, (0.0, 0.0, 0.5, 0.5))
    return [
        FrameEvidence(features, {"one.a": 0.0, "one.b": 0.0}, TextFound((line,) * count))
        for count in counts
    ]


TIGHT = replace(DEFAULT_LIMITS, found_text_characters=30, found_text_lines=5)


@pytest.mark.parametrize(
    ("counts", "characters", "taken"),
    [((2, 3), 6, True), ((2, 3), 7, False), ((2, 4), 1, False), ((6,), 0, False), ((5,), 0, True)],
)
def test_text_of_all_frames_over_the_limits_is_forged(
    counts: tuple[int, ...], characters: int, *, taken: bool
) -> None:
    found = with_text(*counts, characters=characters)
    answer = written(found, 0)
    if taken:
        back = read_evidence(Reader(answer), SHAPE, frame_count=len(counts), limits=TIGHT)
        assert [frame.text for frame in back] == [frame.text for frame in found]
        return
    with pytest.raises(ForgedEvidenceError):
        read_evidence(Reader(answer), SHAPE, frame_count=len(counts), limits=TIGHT)


@given(st.lists(texts, max_size=4), st.integers(0, 60), st.integers(0, 8))
def test_what_a_worker_of_ours_sends_is_within_the_limits_and_says_what_it_left_out(
    found: list[TextFound], characters: int, lines: int
) -> None:
    (bare,) = with_text(0, characters=0)
    frames = [replace(bare, text=text) for text in found]
    limits = replace(DEFAULT_LIMITS, found_text_characters=characters, found_text_lines=lines)
    bounded = bound_text(frames, limits=limits)
    kept = [line for frame in bounded for line in frame.text.lines]
    assert len(kept) <= lines
    assert sum(len(line.words) for line in kept) <= characters
    assert kept == [line for text in found for line in text.lines][: len(kept)]
    for text, frame in zip(found, bounded, strict=True):
        assert frame.text == text or frame.text.unreadable_share > 0
        assert frame.text.unreadable_share <= 1
    back = read_evidence(
        Reader(written(list(bounded), 0)), SHAPE, frame_count=len(found), limits=limits
    )
    assert [len(frame.text.lines) for frame in back] == [len(f.text.lines) for f in bounded]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2e6])
def test_a_feature_that_no_network_puts_out_is_forged(value: float) -> None:
    features = {"one": np.full(3, value, np.float32), "two": np.zeros(2, np.float32)}
    forged = FrameEvidence(features, {"one.a": 0.0, "one.b": 0.0}, TextFound())
    with pytest.raises(ForgedEvidenceError):
        read_evidence(Reader(written([forged], 0)), SHAPE, frame_count=1)


def test_a_text_vector_that_is_not_of_unit_length_is_forged() -> None:
    memory = bytearray(100)
    writer = Writer(memoryview(memory))
    writer.count(1)
    writer.array(np.full(4, 0.4, np.float32))
    with pytest.raises(ForgedEvidenceError):
        read_vectors(Reader(bytes(memory[: writer.length])), SHAPE, count=1)


def test_bytes_after_the_evidence_are_forged() -> None:
    with pytest.raises(ForgedEvidenceError):
        read_vectors(Reader(b"\0\0\0\0more"), SHAPE, count=0)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=3),
    st.text(max_size=40),
)
def test_frames_and_caption_reach_the_worker_as_they_are(
    sizes: list[tuple[int, int]], caption: str
) -> None:
    generator = np.random.default_rng(len(sizes))
    sent = [generator.integers(0, 256, (h, w, 3), np.uint8) for h, w in sizes]
    memory = memoryview(bytearray(4_000))
    write_frames(Writer(memory), sent, caption)
    reader = Reader(memory)
    assert reader.count(most=9) == Order.EXTRACT
    received, said = read_frames(reader)
    assert said == caption
    assert all(np.array_equal(a, b) for a, b in zip(sent, received, strict=True))


def test_a_frame_that_is_not_contiguous_is_sent_whole() -> None:
    frame = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)[::2, ::-1]
    memory = memoryview(bytearray(1_000))
    write_frames(Writer(memory), [frame], "")
    reader = Reader(memory)
    reader.count(most=9)
    assert np.array_equal(read_frames(reader)[0][0], frame)


@given(st.lists(st.text(max_size=20), max_size=5))
def test_texts_reach_the_worker_as_they_are(sent: list[str]) -> None:
    memory = memoryview(bytearray(4_000))
    write_texts(Writer(memory), sent)
    reader = Reader(memory)
    assert reader.count(most=9) == Order.EMBED
    assert read_texts(reader) == sent


def test_writing_past_the_shared_memory_is_refused() -> None:
    with pytest.raises(LayoutError):
        Writer(memoryview(bytearray(8))).raw(bytes(9))
