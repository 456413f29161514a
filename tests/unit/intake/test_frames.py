from __future__ import annotations

from io import BytesIO
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from ostraka.intake.frames import count_gif_frames, kept_indexes


@given(count=st.integers(1, 2_000), kept=st.integers(1, 64))
def test_kept_frames_span_the_animation_evenly(count: int, kept: int) -> None:
    chosen = sorted(kept_indexes(count, kept=kept))
    assert len(chosen) == min(count, kept)
    assert chosen[0] == 0
    if kept > 1:
        assert chosen[-1] == count - 1
        gaps = [after - before for before, after in pairwise(chosen)]
        assert not gaps or max(gaps) - min(gaps) <= 1


@given(
    count=st.integers(1, 20),
    palette=st.sampled_from(["local", "shared"]),
    comment=st.binary(max_size=600),
)
def test_the_count_of_gif_frames_is_pillows(count: int, palette: str, comment: bytes) -> None:
    pictures = [Image.new("RGB", (7, 5), (index * 12, 0, 255 - index * 12)) for index in range(20)]
    if palette == "shared":
        pictures = [picture.convert("L") for picture in pictures]
    file = BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:count], comment=comment, duration=50
    )
    with Image.open(BytesIO(file.getvalue())) as picture:
        expected = sum(1 for _ in ImageSequence.Iterator(picture))
    assert count_gif_frames(file.getvalue(), at_most=1_000) == expected


def test_counting_stops_at_the_bound_and_never_walks_the_rest() -> None:
    frame = b"\x2c" + bytes(8) + b"\x00" + b"\x02\x00"
    data = b"GIF89a" + bytes(7) + frame * 1_000_000
    assert count_gif_frames(data, at_most=601) == 601


@given(st.binary(max_size=2_000))
def test_counting_ends_on_any_bytes(tail: bytes) -> None:
    assert count_gif_frames(b"GIF89a" + tail, at_most=10) <= 10
