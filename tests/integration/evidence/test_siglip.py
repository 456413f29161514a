from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.doubles.larger_model import write_model

from ostraka.evidence.adopted import adopt, adopted_source, adopted_stack
from ostraka.evidence.errors import (
    ExtractorStartError,
    OptionalStackError,
    UnsafeWeightsError,
    WeightsChangedError,
    WeightsMissingError,
)
from ostraka.evidence.pool import ExtractorPool
from ostraka.evidence.siglip import Siglip2, folder_sha256
from ostraka.evidence.stack import default_stack

has_vision = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
needs_vision = pytest.mark.skipif(
    not has_vision, reason="the extra 'vision' (torch, transformers) is not installed"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_one_changed_byte_is_another_hash_and_is_refused(folder: Path) -> None:
    adopted = folder_sha256(folder)
    (folder / "model.safetensors").write_bytes(b"weighty")
    with pytest.raises(WeightsChangedError):
        Siglip2(folder, sha256=adopted).warm()


def test_a_renamed_file_is_another_hash(folder: Path) -> None:
    (folder / "a.json").write_text("{}")
    before = folder_sha256(folder)
    (folder / "a.json").rename(folder / "b.json")
    assert folder_sha256(folder) != before


def test_missing_weights_are_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(WeightsMissingError, match=r"model\.safetensors"):
        Siglip2(folder, sha256="0" * 64).warm()


@pytest.mark.parametrize("bait", ["pytorch_model.bin", "modeling_siglip.py", "weights.pt", "x.pkl"])
def test_a_folder_with_code_or_pickles_is_refused(folder: Path, bait: str) -> None:
    (folder / bait).write_bytes(b"")
    with pytest.raises(UnsafeWeightsError, match=bait):
        folder_sha256(folder)


def test_without_the_extra_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(OptionalStackError, match=r"ostraka\[vision\]"):
        Siglip2(folder, sha256=folder_sha256(folder)).warm()


def tiny_model(folder: Path) -> None:
    """Write a SigLIP with random weights and two thin layers, as a real one is written."""
    import torch
    import transformers

    torch.manual_seed(1)
    layer: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    config = transformers.SiglipConfig(
        text_config={**layer, "vocab_size": 100, "projection_size": 32},
        vision_config={**layer, "image_size": 224, "patch_size": 16},
    )
    transformers.SiglipModel(config).save_pretrained(folder)


@needs_vision
def test_a_local_model_is_loaded_and_tells_pictures_apart(tmp_path: Path) -> None:
    tiny_model(tmp_path)
    extractor = Siglip2(tmp_path, sha256=folder_sha256(tmp_path), dimension=32)
    extractor.warm()
    generator = np.random.default_rng(2)
    first, second = generator.integers(0, 256, (2, 300, 200, 3), np.uint8)
    (one, detections), (two, _), (again, _) = extractor.extract([first, second // 3, first])
    assert one.shape == (32,)
    assert one.dtype == np.float32
    assert detections == {}
    assert abs(float(np.linalg.norm(one)) - 1) < 1e-5
    assert one.tobytes() == again.tobytes()
    assert float(one @ two) < 0.9999


@needs_vision
def test_a_model_of_another_size_than_declared_is_refused(tmp_path: Path) -> None:
    tiny_model(tmp_path)
    with pytest.raises(OptionalStackError, match="32 features, not the 768"):
        Siglip2(tmp_path, sha256=folder_sha256(tmp_path)).warm()


@needs_vision
def test_an_adopted_model_looks_in_the_jail_beside_those_that_ship(tmp_path: Path) -> None:
    tiny_model(tmp_path)
    adopt(tmp_path)
    picture = np.random.default_rng(3).integers(0, 256, (300, 200, 3), np.uint8)
    with ExtractorPool(1, stack_source=adopted_source(tmp_path)) as pool:
        assert pool.stack_id == adopted_stack(str(tmp_path)).identity()
        found = pool.extract([picture], canonical_sha256="0" * 64)
    sizes = {name: len(features) for name, features in found.frames[0].features.items()}
    assert sizes.pop("siglip2_base_patch16_224") == 32
    assert set(sizes) == {part.name for part in default_stack().pixel_extractors}


@needs_vision
def test_a_model_that_changed_since_it_was_adopted_does_not_start(tmp_path: Path) -> None:
    tiny_model(tmp_path)
    adopt(tmp_path)
    (tmp_path / "README.md").write_text("another word")
    with pytest.raises(ExtractorStartError, match="not the ones that were adopted"):
        ExtractorPool(1, stack_source=adopted_source(tmp_path))


@pytest.mark.skipif(has_vision, reason="the extra 'vision' is installed")
def test_without_the_extra_the_pool_says_what_to_install(tmp_path: Path) -> None:
    write_model(tmp_path)
    adopt(tmp_path)
    with pytest.raises(ExtractorStartError, match=r"ostraka\[vision\]"):
        ExtractorPool(1, stack_source=adopted_source(tmp_path))
