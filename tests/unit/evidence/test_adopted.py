from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.doubles.larger_model import write_model

from ostraka.evidence.adopted import adopt, adopted_source, adopted_stack, read_pin
from ostraka.evidence.errors import OptionalStackError, WeightsMissingError
from ostraka.evidence.pool import DEFAULT_STACK
from ostraka.evidence.siglip import PIN_FILE, folder_sha256
from ostraka.evidence.stack import default_stack
from ostraka.evidence.worker import named_stack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model", hidden_size=96)


def test_adopting_pins_the_folder_and_is_no_part_of_it(folder: Path) -> None:
    before = folder_sha256(folder)
    pin = adopt(folder)
    assert (pin.sha256, pin.dimension) == (before, 96)
    assert read_pin(folder) == pin == adopt(folder)
    assert folder_sha256(folder) == before


def test_the_adopted_model_comes_after_those_that_ship(folder: Path) -> None:
    adopt(folder)
    stack = adopted_stack(str(folder))
    *shipped, larger = stack.pixel_extractors
    assert [part.name for part in shipped] == [x.name for x in default_stack().pixel_extractors]
    assert (larger.dimension, larger.sha256) == (96, read_pin(folder).sha256)


def test_another_model_is_another_identity(folder: Path) -> None:
    adopt(folder)
    first = adopted_stack(str(folder)).identity()
    (folder / "model.safetensors").write_bytes(b"weighty")
    assert adopted_stack(str(folder)).identity() == first  # what was adopted, whatever lies there
    adopt(folder)
    assert len({first, adopted_stack(str(folder)).identity(), default_stack().identity()}) == 3


@pytest.mark.parametrize("name", ["plain", "with spaces", "a:b", "(brackets)", "ends with)"])
def test_a_stack_is_built_anew_from_its_name_wherever_it_lies(name: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / name)
    adopt(folder)
    built = named_stack(adopted_source(folder))
    assert built.identity() == adopted_stack(str(folder)).identity()
    assert named_stack(DEFAULT_STACK).identity() == default_stack().identity()


def test_a_name_is_good_from_every_working_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt(folder)
    monkeypatch.chdir(folder.parent)
    source = adopted_source(Path("model"))
    monkeypatch.chdir("/")
    assert named_stack(source).identity() == adopted_stack(str(folder)).identity()


def test_what_the_model_leaves_out_is_as_in_the_base_model(tmp_path: Path) -> None:
    assert adopt(write_model(tmp_path / "model")).dimension == 768


def test_a_folder_where_nothing_was_adopted_says_what_to_do(folder: Path) -> None:
    with pytest.raises(OptionalStackError, match=f"ostraka models adopt {folder}"):
        adopted_stack(str(folder))
    with pytest.raises(WeightsMissingError):
        adopt(folder / "missing")


@pytest.mark.parametrize(
    "pin",
    ["", "{}", "[]", '{"model": "other", "sha256": "0", "dimension": 1}', "\ud800"],
)
def test_a_damaged_pin_is_refused(pin: str, folder: Path) -> None:
    (folder / PIN_FILE).write_bytes(pin.encode("utf-8", "surrogatepass"))
    with pytest.raises(OptionalStackError, match="is no pin"):
        adopted_stack(str(folder))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"model_type": "siglip2"}, "of kind 'siglip2', not 'siglip'"),
        ({"model_type": "clip"}, "not 'siglip'"),
        ({"model_type": "siglip", "vision_config": {"image_size": 384}}, "384 pixels a side"),
        ({"model_type": "siglip", "vision_config": {"hidden_size": "x"}}, "no number of features"),
        ({"model_type": "siglip", "vision_config": 3}, "not one of a model"),
        ([1, 2], "not one of a model"),
    ],
)
def test_a_model_of_another_kind_is_not_adopted(config: object, words: str, folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(OptionalStackError, match=words):
        adopt(folder)
    assert not (folder / PIN_FILE).exists()


def test_a_folder_that_cannot_be_written_to_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuses)
    with pytest.raises(OptionalStackError, match="cannot be pinned: Permission denied"):
        adopt(folder)
