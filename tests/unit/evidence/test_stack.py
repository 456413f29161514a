from __future__ import annotations

from dataclasses import replace

import pytest

from ostraka.evidence import stack as stack_module
from ostraka.evidence.stack import Stack, default_stack


def test_the_identity_is_the_same_for_every_stack_built_alike() -> None:
    assert default_stack().identity() == default_stack().identity()
    assert len(default_stack().identity()) == 64


@pytest.mark.parametrize("field", ["name", "version", "sha256", "preparation", "dimension"])
@pytest.mark.parametrize("part", ["pixels", "embedder"])
def test_any_declared_change_is_another_identity(field: str, part: str) -> None:
    changed = default_stack()
    target = changed.pixel_extractors[0] if part == "pixels" else changed.text_embedder
    setattr(target, field, 7 if field == "dimension" else "changed")
    assert changed.identity() != default_stack().identity()


@pytest.mark.parametrize("constant", ["SANITISER", "WINDOWS"])
def test_how_pixels_and_text_are_prepared_is_part_of_the_identity(
    monkeypatch: pytest.MonkeyPatch, constant: str
) -> None:
    before = default_stack().identity()
    monkeypatch.setattr(stack_module, constant, "changed")
    assert default_stack().identity() != before


def test_the_order_of_extractors_is_part_of_the_identity() -> None:
    stack = default_stack()
    turned = replace(stack, pixel_extractors=stack.pixel_extractors[::-1])
    assert turned.identity() != stack.identity()


def test_names_and_detections_are_unique_over_the_stack() -> None:
    shape = default_stack().shape()
    names = [each.name for each in shape.extractors]
    detections = [name for each in shape.extractors for name in each.detection_names]
    assert len(set(names)) == len(names)
    assert len(set(detections)) == len(detections)
    assert isinstance(default_stack(), Stack)
