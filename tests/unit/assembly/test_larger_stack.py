"""OSTRAKA_STACK reaches every command that looks or judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.doubles.larger_model import write_model
from typer.testing import CliRunner, Result

from ostraka.assembly.command_line import app
from ostraka.assembly.compose import chosen_stack, open_release, stack_source
from ostraka.assembly.errors import SettingError
from ostraka.assembly.settings import Settings
from ostraka.errors import OstrakaError
from ostraka.evidence.adopted import adopted_stack
from ostraka.evidence.errors import OptionalStackError
from ostraka.evidence.pool import DEFAULT_STACK
from ostraka.evidence.stack import default_stack
from ostraka.learning.errors import ReleaseRefusedError
from ostraka.learning.release import STARTER_FOLDER


def run(home: Path, *arguments: str | Path, stack: Path | None = None) -> Result:
    environment = {"OSTRAKA_HOME": str(home), "OSTRAKA_STACK": str(stack or "")}
    return CliRunner().invoke(app, list(map(str, arguments)), env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_model(tmp_path / "model", hidden_size=96)
    done = run(tmp_path, "models", "adopt", made, "--json")
    assert json.loads(done.stdout)["dimension"] == 96
    return made


def test_without_a_word_the_extractors_that_ship_look(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert stack_source(settings) == DEFAULT_STACK
    assert chosen_stack(settings).identity() == default_stack().identity()
    assert len(json.loads(run(tmp_path, "models", "show", "--json").stdout)["models"]) == 5


def test_an_adopted_model_looks_beside_them(folder: Path, tmp_path: Path) -> None:
    found = chosen_stack(Settings(home=tmp_path, stack=folder))
    assert found.identity() == adopted_stack(str(folder)).identity()
    shown = json.loads(run(tmp_path, "models", "show", "--json", stack=folder).stdout)
    assert shown["stack_id"] == found.identity()
    assert "siglip2_base_patch16_224" in [model["name"] for model in shown["models"]]


def test_what_adopting_says_can_be_followed(folder: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "models", "adopt", folder)
    assert f"OSTRAKA_STACK={folder}" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "x.png"],
        ["explain", "x.png"],
        ["policy", "list"],
        ["evaluate"],
        ["verify", "release"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_starter_does_not_judge_what_a_larger_stack_saw(
    arguments: list[str], folder: Path, tmp_path: Path
) -> None:
    done = run(tmp_path, *arguments, stack=folder)
    assert isinstance(done.exception, SettingError), done.output
    assert "OSTRAKA_RELEASE" in str(done.exception)


def test_a_release_of_another_stack_is_refused(folder: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, stack=folder, release=STARTER_FOLDER)
    with pytest.raises(ReleaseRefusedError, match="made with other extractors"):
        open_release(settings, stack_id=chosen_stack(settings).identity())


@pytest.mark.parametrize("arguments", [["models", "show"], ["models", "verify"]])
def test_a_folder_where_nothing_was_adopted_is_a_clear_fault(
    arguments: list[str], tmp_path: Path
) -> None:
    done = run(tmp_path, *arguments, stack=tmp_path / "nothing")
    assert isinstance(done.exception, OptionalStackError)
    assert "ostraka models adopt" in str(done.exception)


def test_the_starter_that_ships_is_never_learned_with_a_larger_stack(
    folder: Path, tmp_path: Path
) -> None:
    done = run(tmp_path, "train", "--starter", "--out", STARTER_FOLDER, stack=folder)
    assert isinstance(done.exception, OstrakaError)
    assert "without OSTRAKA_STACK" in str(done.exception)
    assert not (tmp_path / "keys").exists()
