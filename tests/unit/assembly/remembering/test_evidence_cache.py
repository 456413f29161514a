from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from tests.doubles.judges import BENIGN, STACK_ID, VIOLATING, evidence, found_text, frame

from ostraka.assembly.remembering import evidence_file
from ostraka.assembly.remembering.evidence_cache import EvidenceCache, EvidenceKey, cache_key
from ostraka.assembly.remembering.known_picture import KnownPicture, PictureSummary
from ostraka.evidence.model import PictureEvidence
from ostraka.intake import PictureFormat
from ostraka.intake.fingerprint import Fingerprint

SECRET = b"s" * 32


def key_named(name: str) -> EvidenceKey:
    return EvidenceKey(name, original_sha256="a" * 64, stack_id=STACK_ID)


KEY = key_named("ab" + "0" * 62)


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
        declared_frames=5,
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
    (file,) = tmp_path.rglob("*.evidence")
    file.write_bytes(file.read_bytes()[:cut])
    assert cache.find(KEY) is None


def test_a_foreign_file_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    data = evidence_file.to_bytes(known()).replace(b'"format\\":2', b'"format\\":9')
    assert b'"format\\":9' in data
    with pytest.raises(ValueError, match="format"):
        evidence_file.from_bytes(data)


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 100, 700])
def test_torn_bytes_are_refused(cut: int) -> None:
    with pytest.raises((ValueError, SafetensorError)):
        evidence_file.from_bytes(evidence_file.to_bytes(known())[:cut])


def test_evidence_of_another_picture_under_this_ones_name_is_not_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = EvidenceCache(tmp_path, limit_bytes=10_000_000, secret=SECRET)
    cache.keep(KEY, known())
    (file,) = tmp_path.rglob("*.evidence")
    other = key_named("ab" + "1" * 62)
    shutil.copy(file, file.with_name(f"{other.name}.evidence"))
    assert cache.find(other) is None
    assert other.name in caplog.text
    assert cache.find(KEY) is not None


@pytest.mark.parametrize("place", [0, 31, 32, 400, -1])
def test_one_changed_byte_and_the_evidence_is_not_there(tmp_path: Path, place: int) -> None:
    cache = EvidenceCache(tmp_path, limit_bytes=10_000_000, secret=SECRET)
    cache.keep(KEY, known())
    (file,) = tmp_path.rglob("*.evidence")
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert cache.find(KEY) is None


@pytest.mark.parametrize("secret", [b"t" * 32, None])
def test_what_another_installation_kept_is_not_there(tmp_path: Path, secret: bytes | None) -> None:
    EvidenceCache(tmp_path, limit_bytes=10_000_000, secret=secret).keep(KEY, known())
    assert EvidenceCache(tmp_path, limit_bytes=10_000_000, secret=SECRET).find(KEY) is None
    assert EvidenceCache(tmp_path, limit_bytes=10_000_000).find(KEY) is None


def test_what_this_installation_kept_is_there_the_next_time(tmp_path: Path) -> None:
    EvidenceCache(tmp_path, limit_bytes=10_000_000, secret=SECRET).keep(KEY, known())
    assert EvidenceCache(tmp_path, limit_bytes=10_000_000, secret=SECRET).find(KEY) is not None


@pytest.mark.parametrize(
    "asked",
    [replace(KEY, original_sha256="b" * 64), replace(KEY, stack_id="another stack")],
    ids=["of another picture", "by other extractors"],
)
def test_only_evidence_of_what_is_asked_for_is_found_or_kept(
    tmp_path: Path, asked: EvidenceKey
) -> None:
    cache = EvidenceCache(tmp_path, limit_bytes=10_000_000)
    cache.keep(KEY, known())
    assert cache.find(asked) is None
    (file,) = tmp_path.rglob("*.evidence")
    file.unlink()
    cache.keep(asked, known())
    assert cache.find(asked) is None
    assert not list(tmp_path.rglob("*.evidence"))


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_to_is_not_used_and_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    folder = tmp_path / "cache"
    EvidenceCache(folder, limit_bytes=10_000_000, secret=SECRET).keep(KEY, known())
    folder.chmod(mode)
    cache = EvidenceCache(folder, limit_bytes=10_000_000, secret=SECRET)
    assert cache.find(KEY) is None
    cache.keep(key_named("cd" + "0" * 62), known())
    assert len(list(folder.rglob("*.evidence"))) == 1
    (told,) = caplog.messages
    assert f"{mode:04o}" in told
    folder.chmod(0o700)
    assert cache.find(KEY) is not None


def test_a_folder_of_another_user_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = EvidenceCache(tmp_path, limit_bytes=10_000_000)
    cache.keep(KEY, known())
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    assert cache.find(KEY) is None


def test_the_oldest_goes_when_the_share_of_a_folder_is_full(tmp_path: Path) -> None:
    size = 32 + len(evidence_file.to_bytes(known()))
    cache = EvidenceCache(tmp_path, limit_bytes=256 * (2 * size + size // 2))
    keys = [key_named(f"ab{number}" + "0" * 61) for number in range(3)]
    for place, key in enumerate(keys):
        cache.keep(key, known())
        (file,) = tmp_path.rglob(f"{key.name}*")
        os.utime(file, (1000 + place, 1000 + place))
    cache.find(keys[1])
    cache.keep(key_named("ab9" + "0" * 61), known())
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
    names = {
        cache_key("a", "s", caption="").name,
        cache_key("b", "s", caption="").name,
        cache_key("a", "t", caption="").name,
        cache_key("a", "s", caption="words").name,
        cache_key("a", "s", caption="", view="0").name,
        cache_key("a\ns", "s", caption="").name,
    }
    assert len(names) == 6
