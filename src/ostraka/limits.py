"""Every bound of Ostraka in one table.

A limit stands here with its unit in its name and its reason beside it; ``docs/reference/limits.md``
is generated from this class. Each part is handed the limits it needs, so tests may tighten them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields


def _limit(default: float, reason: str) -> float:
    return field(default=default, metadata={"reason": reason})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds in force; frozen, production values by default."""

    file_bytes: float = _limit(20_000_000, "largest file that is read at all")
    picture_pixels: float = _limit(50_000_000, "largest declared width x height of one frame")
    picture_side_pixels: float = _limit(32_767, "largest declared width or height")
    animation_frames: float = _limit(600, "most frames an animated file may declare or hold")
    animation_total_pixels: float = _limit(
        400_000_000, "most pixels decoded over all frames of one file"
    )
    animation_kept_frames: float = _limit(
        16, "frames kept, screened and shown of one animation, spread evenly over it"
    )
    colour_profile_bytes: float = _limit(
        4_000_000, "largest colour profile that is read; a larger one is ignored"
    )
    canonical_side_pixels: float = _limit(2048, "longest side of a stored still picture")
    canonical_frame_side_pixels: float = _limit(640, "longest side of a stored animation frame")
    archive_members: float = _limit(
        100_000, "entries read from one zip or tar archive, folders and links among them"
    )
    archive_unpacked_bytes: float = _limit(
        50_000_000_000, "bytes unpacked from one archive, one member in memory at a time"
    )
    archive_caption_bytes: float = _limit(
        50_000_000, "captions of one tar archive in memory while their pictures are awaited"
    )
    decode_seconds: float = _limit(20, "time for one picture in the decoder's jail")
    decode_memory_bytes: float = _limit(
        1_500_000_000, "address space a decoder may add for one picture"
    )
    extract_seconds: float = _limit(60, "time for one picture in the extractor's jail")
    extract_memory_bytes: float = _limit(
        1_500_000_000, "address space an extractor worker may add to what the models take"
    )
    text_characters: float = _limit(4_000, "characters of caption or picture text that are weighed")
    found_text_characters: float = _limit(
        100_000, "characters that are taken over from one picture's extractor, over all frames"
    )
    found_text_lines: float = _limit(
        2_048, "lines that are taken over from one picture's extractor, over all frames"
    )
    text_parts: float = _limit(32, "windows of text that are weighed apart, so none hides in many")
    bank_entries: float = _limit(5_000_000, "fingerprints in one bank of known pictures")
    shard_count: float = _limit(1_001, "shards of one ensemble")
    vector_dimension: float = _limit(512, "entries of one evidence vector")
    vector_length: float = _limit(65_536, "length of one evidence vector (a unit vector is 4096)")
    row_weight: float = _limit(1_000_000, "integer weight of one row in a sum")

    def table(self) -> list[tuple[str, float, str]]:
        """Return every limit as (name, value, reason), in the order of declaration."""
        return [(f.name, getattr(self, f.name), f.metadata["reason"]) for f in fields(self)]


DEFAULT_LIMITS = Limits()
