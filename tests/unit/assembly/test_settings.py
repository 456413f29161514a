from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostraka.assembly.errors import SettingError
from ostraka.assembly.reference import reference_pages
from ostraka.assembly.settings import Settings, environment_name, read_settings

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "ostraka"


def test_without_a_word_everything_has_its_default() -> None:
    settings = read_settings({})
    assert settings.home.name == "ostraka"
    assert settings.jobs >= 1
    assert settings.cache_folder.is_relative_to(settings.home)
    assert settings.release is None
    assert not settings.no_color


def test_every_setting_is_read_from_its_variable() -> None:
    settings = read_settings(
        {
            "OSTRAKA_HOME": "/data",
            "OSTRAKA_JOBS": "7",
            "OSTRAKA_CACHE_BYTES": "0",
            "OSTRAKA_RELEASE": "/release",
            "OSTRAKA_PICTURES": "/pictures",
            "NO_COLOR": "0",
            "PATH": "/bin",
        }
    )
    assert (settings.home, settings.jobs, settings.cache_bytes) == (Path("/data"), 7, 0)
    assert (settings.release, settings.pictures_folder) == (Path("/release"), Path("/pictures"))
    assert settings.no_color


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "2000"])
def test_a_value_that_cannot_be_used_names_variable_and_value(jobs: str) -> None:
    with pytest.raises(SettingError, match=f"OSTRAKA_JOBS={jobs}: "):
        read_settings({"OSTRAKA_JOBS": jobs})


def test_a_misspelled_setting_is_a_fault() -> None:
    with pytest.raises(SettingError, match="OSTRAKA_HOMES is not a setting"):
        read_settings({"OSTRAKA_HOMES": "/data"})


def test_an_empty_variable_counts_as_absent() -> None:
    assert not read_settings({"NO_COLOR": "", "OSTRAKA_JOBS": ""}).no_color


def test_every_setting_is_documented() -> None:
    page = reference_pages()["settings.md"]
    for name, field in Settings.model_fields.items():
        assert f"`{environment_name(name)}`" in page
        assert field.description
        assert field.description in page


@pytest.mark.parametrize("name", sorted(reference_pages()))
def test_the_reference_pages_are_current(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == reference_pages()[name], "run `make docs`"


HAND_ON = {"learning/sources/clients.py"}
"""Start package clients and hand the environment on to them, unread."""


def test_nothing_but_the_settings_reads_the_environment() -> None:
    assert set(readers_of_environment()) == {"assembly/settings.py"} | HAND_ON


def readers_of_environment() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        written = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            names = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            if names and id(node) not in written:
                yield path.relative_to(PACKAGE).as_posix()
