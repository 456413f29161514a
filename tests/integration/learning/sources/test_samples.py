import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ostraka.learning.sources.photographs import installed_photographs, photographs, read_photograph
from ostraka.learning.sources.samples import sample_pictures, write_samples

HASHES = """
import hashlib
from ostraka.learning.sources.samples import sample_pictures
for picture in sample_pictures():
    print(picture.name, hashlib.sha256(picture.load()).hexdigest())
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_samples(tmp_path_factory.mktemp("samples"))


def test_the_samples_are_pictures_with_names_that_do_not_tell_the_answer(
    written: list[Path],
) -> None:
    assert 40 <= len(written) <= 70
    for path in written:
        with Image.open(path) as picture:
            picture.load()
        assert not any(word in path.name for word in ("call", "violen", "benign", "block", "bad"))


def test_captions_stand_beside_their_pictures(written: list[Path]) -> None:
    captioned = [path for path in written if path.with_name(f"{path.name}.caption.txt").is_file()]
    assert len(captioned) == 4


def test_an_animated_sample_keeps_its_four_frames(written: list[Path]) -> None:
    (path,) = (path for path in written if path.name == "animation-slideshow.gif")
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == 4


def test_both_answers_of_both_taught_policies_are_among_the_samples() -> None:
    for policy in ("violence", "incitement"):
        answers = [p.labels[policy] for p in sample_pictures() if policy in p.labels]
        assert 5 <= sum(answers) < len(answers) - 5


def test_another_process_with_another_hash_seed_draws_the_same_bytes(written: list[Path]) -> None:
    command = [sys.executable, "-c", HASHES]
    other = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    expected = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in written}
    assert dict(row.split() for row in other.stdout.splitlines()) == expected


def test_every_pinned_photograph_is_installed_and_is_the_reviewed_one() -> None:
    assert installed_photographs() == photographs()
    for photo in photographs():
        assert Image.open(io.BytesIO(read_photograph(photo))).size[0] >= 200
