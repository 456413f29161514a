"""A known picture as a file of plain data: tensors, and JSON that is checked field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors.numpy import load, save

from ostraka.assembly.remembering.known_picture import KnownPicture, PictureSummary
from ostraka.evidence.model import (
    FrameEvidence,
    PictureEvidence,
    TextFound,
    TextLine,
    TextOrigin,
    TextPart,
)
from ostraka.intake import PictureFormat
from ostraka.intake.fingerprint import Fingerprint

FORMAT: Literal[2] = 2
"""Raised with every change to what is kept, or to how intake makes pixels: old files then miss."""
_HEADER = "known_picture"
_LENGTH_BYTES = 8
"""A safetensors file starts with the length of its JSON header."""


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Line(_Plain):
    words: str
    confidence: float
    box: tuple[float, float, float, float]


class _Frame(_Plain):
    extractors: tuple[str, ...]
    detections: dict[str, float]
    lines: tuple[_Line, ...]
    unreadable_share: float


class _Part(_Plain):
    origin: TextOrigin
    words: str


class _Header(_Plain):
    format: Literal[2]
    original_sha256: str
    canonical_sha256: str
    picture_format: PictureFormat
    width_pixels: int
    height_pixels: int
    declared_frames: int
    fingerprints: tuple[tuple[str, int], ...]
    stack_id: str
    frames: tuple[_Frame, ...]
    parts: tuple[_Part, ...]
    text_truncated: bool


def to_bytes(known: KnownPicture) -> bytes:
    """Return the file's content."""
    tensors: dict[str, NDArray[Any]] = {"thumbnail": np.frombuffer(known.thumbnail, np.uint8)}
    for index, frame in enumerate(known.evidence.frames):
        for name, features in frame.features.items():
            tensors[_frame_key(index, name)] = np.ascontiguousarray(features)
    for index, part in enumerate(known.evidence.text_parts):
        tensors[_part_key(index)] = np.ascontiguousarray(part.features)
    return save(tensors, metadata={_HEADER: _header(known).model_dump_json()})


def from_bytes(data: bytes) -> KnownPicture:
    """Return what :func:`to_bytes` wrote.

    Raises:
        ValueError, SafetensorError, KeyError, TypeError: the bytes are not one of these.
    """
    tensors = load(data)  # checks the layout, and says nothing of the metadata in it
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    described = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
    header = _Header.model_validate_json(described["__metadata__"][_HEADER])
    return KnownPicture(
        _summary(header), _evidence(header, tensors), tensors["thumbnail"].tobytes()
    )


def _header(known: KnownPicture) -> _Header:
    summary, evidence = known.summary, known.evidence
    return _Header(
        format=FORMAT,
        original_sha256=summary.original_sha256,
        canonical_sha256=summary.canonical_sha256,
        picture_format=summary.format,
        width_pixels=summary.width_pixels,
        height_pixels=summary.height_pixels,
        declared_frames=summary.declared_frames,
        fingerprints=tuple((f.hex, f.quality) for f in summary.fingerprints),
        stack_id=evidence.stack_id,
        frames=tuple(_frame(frame) for frame in evidence.frames),
        parts=tuple(_Part(origin=p.origin, words=p.words) for p in evidence.text_parts),
        text_truncated=evidence.text_truncated,
    )


def _frame(frame: FrameEvidence) -> _Frame:
    lines = tuple(
        _Line(words=line.words, confidence=line.confidence, box=line.box)
        for line in frame.text.lines
    )
    return _Frame(
        extractors=tuple(frame.features),
        detections=dict(frame.detections),
        lines=lines,
        unreadable_share=frame.text.unreadable_share,
    )


def _summary(header: _Header) -> PictureSummary:
    return PictureSummary(
        original_sha256=header.original_sha256,
        canonical_sha256=header.canonical_sha256,
        format=header.picture_format,
        width_pixels=header.width_pixels,
        height_pixels=header.height_pixels,
        declared_frames=header.declared_frames,
        frames=len(header.frames),
        fingerprints=tuple(Fingerprint(int(bits, 16), q) for bits, q in header.fingerprints),
    )


def _evidence(header: _Header, tensors: Mapping[str, NDArray[Any]]) -> PictureEvidence:
    frames = tuple(
        FrameEvidence(
            {name: tensors[_frame_key(index, name)] for name in frame.extractors},
            frame.detections,
            TextFound(
                tuple(TextLine(x.words, x.confidence, x.box) for x in frame.lines),
                frame.unreadable_share,
            ),
        )
        for index, frame in enumerate(header.frames)
    )
    parts = tuple(
        TextPart(part.origin, part.words, tensors[_part_key(index)])
        for index, part in enumerate(header.parts)
    )
    return PictureEvidence(
        header.stack_id, header.canonical_sha256, frames, parts, header.text_truncated
    )


def _frame_key(index: int, extractor: str) -> str:
    return f"frame/{index}/{extractor}"


def _part_key(index: int) -> str:
    return f"part/{index}"
