from __future__ import annotations

import json
import os
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ostraka.evidence.model import Space
from ostraka.learning.errors import ReleaseRefusedError
from ostraka.learning.examples import Examples
from ostraka.learning.release import Release, load_release
from ostraka.learning.release_format import (
    DATA_FILES,
    MANIFEST_FILE,
    ROWS_FILE,
    SIGNATURE_FILE,
)
from ostraka.learning.sign import SigningKey, canonical_json
from ostraka.learning.train import TrainedSpace
from ostraka.learning.verify_release import verify_release

STACK_ID = "5" * 64
ALL_FILES = (MANIFEST_FILE, SIGNATURE_FILE, *DATA_FILES)


def _load(folder: Path, key: SigningKey, *, stack_id: str = STACK_ID) -> Release:
    return load_release(folder, stack_id=stack_id, trusted_keys=[key.trusted])


def _refusal(folder: Path, key: SigningKey) -> str:
    with pytest.raises(ReleaseRefusedError) as refused:
        _load(folder, key)
    return refused.value.reason


def test_what_is_loaded_is_what_was_trained(
    release_folder: Path, key: SigningKey, trained: TrainedSpace, examples: Examples
) -> None:
    release = _load(release_folder, key)
    judge = release.judge().of(Space.PIXELS)
    assert judge is not None
    features = {name: values[7] for name, values in examples.features.items()}
    vector = judge.project(features)
    assert np.array_equal(vector, trained.judge.project(features))
    assert judge.weigh(vector) == trained.judge.weigh(vector)
    assert judge.strangeness(features) == trained.judge.strangeness(features)
    assert [
        row for row, _ in release.nearest(Space.PIXELS, release.tables[Space.PIXELS].vectors[3])
    ]


def test_a_release_is_verified_from_its_rows(release_folder: Path, key: SigningKey) -> None:
    verified = verify_release(_load(release_folder, key))
    assert verified.rows > 400
    assert verified.sums == 6
    assert verified.heads == 2 * (5 + 1 + 2)


def test_the_same_training_writes_the_same_bytes(write: Callable[[], Path]) -> None:
    first = {path.name: path.read_bytes() for path in write().iterdir()}
    assert {path.name: path.read_bytes() for path in write().iterdir()} == first


def test_a_row_most_like_itself_is_found_first(release_folder: Path, key: SigningKey) -> None:
    release = _load(release_folder, key)
    table = release.tables[Space.PIXELS]
    (row, cosine), *_ = release.nearest(Space.PIXELS, table.vectors[11], count=3)
    assert row.content_sha256 == table.content_sha256[11]
    assert cosine == pytest.approx(1.0)


@pytest.mark.parametrize("name", ALL_FILES)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_change_of_any_one_byte_is_refused(
    name: str, data: st.DataObject, release_folder: Path, key: SigningKey
) -> None:
    path = release_folder / name
    original = path.read_bytes()
    place = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        _refusal(release_folder, key)
    finally:
        path.write_bytes(original)
    assert _load(release_folder, key)


@pytest.mark.parametrize("name", [MANIFEST_FILE, SIGNATURE_FILE])
def test_every_byte_of_what_is_signed_matters(
    name: str, release_folder: Path, key: SigningKey
) -> None:
    path = release_folder / name
    original = path.read_bytes()
    for place in range(len(original)):
        path.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        _refusal(release_folder, key)


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_cut_or_lengthened_file_is_refused(
    name: str, release_folder: Path, key: SigningKey
) -> None:
    path = release_folder / name
    original = path.read_bytes()
    for changed in (b"", original[:-1], original + b"\n"):
        path.write_bytes(changed)
        _refusal(release_folder, key)


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_missing_file_is_refused(name: str, release_folder: Path, key: SigningKey) -> None:
    (release_folder / name).unlink()
    assert _refusal(release_folder, key) == "files"


def test_a_file_too_many_is_refused(release_folder: Path, key: SigningKey) -> None:
    (release_folder / "extra.pkl").write_bytes(b"cos\nsystem\n")
    assert _refusal(release_folder, key) == "files"


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(
    name: str, release_folder: Path, key: SigningKey
) -> None:
    (release_folder / name).unlink()
    os.mkfifo(release_folder / name)
    with at_most(5):
        assert _refusal(release_folder, key) == "files"


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_folder_in_the_place_of_a_file_is_refused(
    name: str, release_folder: Path, key: SigningKey
) -> None:
    (release_folder / name).unlink()
    (release_folder / name).mkdir()
    assert _refusal(release_folder, key) == "files"


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/self/environ", "moved"])
@pytest.mark.parametrize("name", ALL_FILES)
def test_a_link_in_the_place_of_a_file_is_refused_wherever_it_leads(
    name: str, target: str, release_folder: Path, tmp_path: Path, key: SigningKey
) -> None:
    moved = (release_folder / name).rename(tmp_path / f"moved {name}")
    (release_folder / name).symlink_to(moved if target == "moved" else target)
    with at_most(5):
        assert _refusal(release_folder, key) == "files"


def test_a_file_is_read_no_further_than_its_manifest_says(
    release_folder: Path, key: SigningKey
) -> None:
    with (release_folder / ROWS_FILE).open("ab") as file:
        file.truncate(500_000_000)  # a hole: no disk
    tracemalloc.start()
    try:
        assert _refusal(release_folder, key) == "files"
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_a_link_to_a_whole_release_is_that_release(
    release_folder: Path, tmp_path: Path, key: SigningKey
) -> None:
    link = tmp_path / "current"
    link.symlink_to(release_folder)
    assert _load(link, key).release_id == _load(release_folder, key).release_id


def test_a_strangers_file_name_says_nothing_to_a_terminal(
    release_folder: Path, key: SigningKey
) -> None:
    (release_folder / "x\x1b[2J\x1b]0;pwned\x07\u202e\n").touch()
    with pytest.raises(ReleaseRefusedError) as refused:
        _load(release_folder, key)
    assert "pwned" in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, key: SigningKey) -> None:
    assert _refusal(tmp_path / "nowhere", key) == "files"


def test_a_release_for_other_extractors_is_refused(release_folder: Path, key: SigningKey) -> None:
    with pytest.raises(ReleaseRefusedError) as refused:
        _load(release_folder, key, stack_id="6" * 64)
    assert refused.value.reason == "stack"
    assert refused.value.code == "release_refused"


def test_a_release_by_a_stranger_is_refused(release_folder: Path) -> None:
    assert _refusal(release_folder, SigningKey(Ed25519PrivateKey.generate())) == "key"


def test_a_stranger_who_names_a_trusted_key_is_refused(
    release_folder: Path, key: SigningKey
) -> None:
    stranger = SigningKey(Ed25519PrivateKey.generate())
    forged = json.loads(stranger.sign((release_folder / MANIFEST_FILE).read_bytes()))
    forged["key_id"] = key.trusted.key_id
    (release_folder / SIGNATURE_FILE).write_bytes(canonical_json(forged))
    assert _refusal(release_folder, key) == "signature"


def test_no_trusted_keys_trust_nobody(release_folder: Path) -> None:
    with pytest.raises(ReleaseRefusedError):
        load_release(release_folder, stack_id=STACK_ID, trusted_keys=[])


def _resigned(folder: Path, key: SigningKey, **changes: object) -> Path:
    manifest = json.loads((folder / MANIFEST_FILE).read_bytes()) | changes
    raw = canonical_json(manifest)
    (folder / MANIFEST_FILE).write_bytes(raw)
    (folder / SIGNATURE_FILE).write_bytes(key.sign(raw))
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "ostraka-release/2"},
        {"format": None},
        {"surprise": 1},
        {"shard_count": 0},
        {"spaces": "none"},
    ],
)
def test_a_signed_manifest_of_another_format_is_refused(
    changes: dict[str, object], release_folder: Path, key: SigningKey
) -> None:
    assert _refusal(_resigned(release_folder, key, **changes), key) == "format"


def test_a_signed_manifest_that_asks_for_other_files_is_refused(
    release_folder: Path, key: SigningKey
) -> None:
    files = json.loads((release_folder / MANIFEST_FILE).read_bytes())["files"]
    files["../../etc/passwd"] = files.pop(ROWS_FILE)
    assert _refusal(_resigned(release_folder, key, files=files), key) == "files"


def test_a_signed_release_whose_heads_are_for_fewer_shards_is_refused(
    release_folder: Path, key: SigningKey
) -> None:
    assert _refusal(_resigned(release_folder, key, shard_count=4), key) == "content"


def test_signed_rows_that_do_not_give_the_signed_sums_are_found_out(
    release_folder: Path, key: SigningKey
) -> None:
    spaces = json.loads((release_folder / MANIFEST_FILE).read_bytes())["spaces"]
    for field, other in (
        ("base_sums", "0" * 64),
        ("shard_sums", ["0" * 64] * 5),
        ("rows_root", "0" * 64),
        ("base_weight", 1),
        ("shrinkage", 0.9),
    ):
        changed = [spaces[0] | {field: other}]
        release = _load(_resigned(release_folder, key, spaces=changed), key)
        with pytest.raises(ReleaseRefusedError) as refused:
            verify_release(release)
        assert refused.value.reason == "content"
