from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ostraka.assembly.errors import PlaceUnusableError, SecretFileError
from ostraka.assembly.own_secret import own_secret
from ostraka.errors import OperatorError


def test_a_secret_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secret = own_secret(tmp_path / "home" / "keys" / "views.key")
    finally:
        os.umask(before)
    assert len(secret) == 32
    assert own_secret(tmp_path / "home" / "keys" / "views.key") == secret
    assert own_secret(tmp_path / "another.key") != secret
    (file,) = (tmp_path / "home" / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0


def test_all_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: own_secret(tmp_path / "k"), range(40)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["k"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o666])
def test_a_secret_that_is_open_to_others_is_refused_by_its_name_and_mode(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "views.key"
    own_secret(path)
    path.chmod(mode)
    with pytest.raises(SecretFileError) as refused:
        own_secret(path)
    assert isinstance(refused.value, OperatorError)
    assert str(path) in str(refused.value)
    assert f"{mode:04o}" in str(refused.value)


@pytest.mark.parametrize("length", [0, 1, 31])
def test_an_empty_or_short_secret_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "views.key"
    path.write_bytes(b"x" * length)
    path.chmod(0o600)
    with pytest.raises(SecretFileError, match="0600") as refused:
        own_secret(path)
    assert f"{length} bytes" in str(refused.value)
    path.write_bytes(b"x" * 32)
    assert own_secret(path) == b"x" * 32


def test_a_pipe_is_no_secret_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "views.key", 0o600)
    with pytest.raises(SecretFileError, match="regular"):
        own_secret(tmp_path / "views.key")


def test_a_place_for_no_secret_is_the_operators_to_mend(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("not a folder")
    with pytest.raises(PlaceUnusableError):
        own_secret(tmp_path / "keys" / "views.key")
    (tmp_path / "a folder").mkdir(mode=0o700)
    with pytest.raises(PlaceUnusableError):
        own_secret(tmp_path / "a folder")
