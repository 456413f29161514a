from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tests.doubles.judges import BENIGN, VIOLATING, evidence, found_text, frame

from ostraka.assembly import evidence_file
from ostraka.assembly.evidence_cache import EvidenceCache, cache_key
from ostraka.assembly.known_picture import KnownPicture, PictureSummary
from ostraka.evidence.model import PictureEvidence
from ostraka.intake import PictureFormat
from ostraka.intake.fingerprint import Fingerprint

KEY = "ab" + "0" * 62


def known(thumbnail: bytes = b"webp") -> KnownPicture:
    found = evidence(
        frame(BENIGN, text=found_text("two words", unreadable_share=0.25)),
        frame(VIOLATING),
        caption="кофе ☕",
        angles={"кофе": VIOLATING},
    )
    summary = PictureSummary(
        original_sha256="a" * 64,
        canonical_sha256=found.canonical_sha256,
        format=PictureFormat.GIF,
        width_pixels=3,
        height_pixels=4,
        frames=2,
        fingerprints=(Fingerprint(2**255 + 1, 77), Fingerprint(0, 0)),
    )
    return KnownPicture(summary, found, thumbnail)


def assert_same(left: PictureEvidence, right: PictureEvidence) -> None:
    assert (left.stack_id, left.canonical_sha256) == (right.stack_id, right.canonical_sha256)
    assert left.text_truncated == right.text_truncated
    for one, other in zip(left.frames, right.frames, strict=True):
        assert one.text == other.text
        assert one.detections == other.detections
        assert list(one.features) == list(other.features)
        for name, features in one.features.items():
            np.testing.assert_array_equal(features, other.features[name])
    for part, twin in zip(left.text_parts, right.text_parts, strict=True):
        assert (part.origin, part.words) == (twin.origin, twin.words)
        np.testing.assert_array_equal(part.features, twin.features)


def test_what_is_kept_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "cache", limit_bytes=10_000_000)
    cache.keep(KEY, known())
    found = cache.find(KEY)
    assert found is not None
    assert found.summary == known().summary
    assert found.thumbnail == b"webp"
    assert_same(found.evidence, known().evidence)


def test_nobody_else_may_enter_the_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        EvidenceCache(tmp_path / "home" / "cache", limit_bytes=10_000_000).keep(KEY, known())
    finally:
        os.umask(before)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert (tmp_path / "home" / "cache").stat().st_mode & 0o077 == 0
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 100, 700])
def test_a_torn_file_is_a_file_that_is_not_there(tmp_path: Path, cut: int) -> None:
    cache = EvidenceCache(tmp_path, limit_bytes=10_000_000)
    cache.keep(KEY, known())
    (file,) = tmp_path.rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:cut])
    assert cache.find(KEY) is None


def test_a_foreign_file_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path, limit_bytes=10_000_000)
    cache.keep(KEY, known())
    (file,) = tmp_path.rglob("*.safetensors")
    file.write_bytes(file.read_bytes().replace(b'"format\\":1', b'"format\\":9'))
    assert b'"format\\":9' in file.read_bytes().replace(b" ", b"")
    assert cache.find(KEY) is None


def test_the_oldest_goes_when_the_share_of_a_folder_is_full(tmp_path: Path) -> None:
    size = len(evidence_file.to_bytes(known()))
    cache = EvidenceCache(tmp_path, limit_bytes=256 * (2 * size + size // 2))
    keys = [f"ab{number}" + "0" * 61 for number in range(3)]
    for place, key in enumerate(keys):
        cache.keep(key, known())
        (file,) = tmp_path.rglob(f"{key}*")
        os.utime(file, (1000 + place, 1000 + place))
    cache.find(keys[1])
    cache.keep("ab9" + "0" * 61, known())
    assert [cache.find(key) is not None for key in keys] == [False, True, False]
    assert cache.size_bytes() <= 256 * (2 * size + size // 2)


def test_a_cache_of_no_bytes_keeps_nothing(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "cache", limit_bytes=0)
    cache.keep(KEY, known())
    assert cache.find(KEY) is None
    assert not (tmp_path / "cache").exists()


def test_a_disk_that_refuses_costs_the_memory_not_the_run(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    cache = EvidenceCache(tmp_path / "cache", limit_bytes=10_000_000)
    cache.keep(KEY, known())
    assert cache.find(KEY) is None


def test_everything_that_decides_evidence_is_in_its_name() -> None:
    keys = {
        cache_key("a", "s", caption=""),
        cache_key("b", "s", caption=""),
        cache_key("a", "t", caption=""),
        cache_key("a", "s", caption="words"),
        cache_key("a", "s", caption="", view="0"),
        cache_key("a\ns", "s", caption=""),
    }
    assert len(keys) == 6
