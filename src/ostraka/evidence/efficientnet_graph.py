"""EfficientNet-Lite as an ONNX graph, built from its weights without PyTorch.

Kernel sizes and channels are read off the weights; only the strides have to be known. Batch
normalisation is folded into the convolutions. Padding is TensorFlow's "same" at the size that each
layer really sees, because the weights were trained by TensorFlow.

Source: M. Tan, Q. Le, "EfficientNet" (2019), table 1; the Lite variants drop squeeze-and-excite,
use ReLU6 and keep the stem, the head and the first and last stage unscaled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[Any]]

FEATURES = "features"
LOGITS = "logits"

_BATCH_NORM_EPSILON = 1e-3
_OPSET = 17
_IR_VERSION = 9
_STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
_STAGE_REPEATS = {"lite0": (1, 2, 2, 3, 3, 4, 1), "lite2": (1, 3, 3, 4, 4, 5, 1)}


def build_efficientnet_lite(weights: Weights, *, variant: str, side_pixels: int) -> bytes:
    """Return a graph file: float32 (1, 3, side, side) -> (1, 1280) features, (1, 1000) logits.

    Args:
        weights: tensors by their PyTorch names (``_conv_stem.weight``, ``_blocks.0._bn1.bias`` …).
        variant: ``lite0`` or ``lite2``.
        side_pixels: height and width of the input; fixed, since padding depends on it.
    """
    builder = _GraphBuilder(weights, side_pixels)
    tensor = builder.convolve("image", "_conv_stem", "_bn0", stride=2)
    block = 0
    for stage_stride, repeats in zip(_STAGE_STRIDES, _STAGE_REPEATS[variant], strict=True):
        for repeat in range(repeats):
            stride = stage_stride if repeat == 0 else 1
            tensor = builder.inverted_bottleneck(tensor, f"_blocks.{block}", stride=stride)
            block += 1
    tensor = builder.convolve(tensor, "_conv_head", "_bn1")
    tensor = builder.node("GlobalAveragePool", [tensor])
    builder.node("Flatten", [tensor], output=FEATURES)
    head = [builder.constant("_fc.weight"), builder.constant("_fc.bias")]
    builder.node("Gemm", [FEATURES, *head], output=LOGITS, transB=1)
    return builder.serialized()


class _GraphBuilder:
    """Grows a graph layer by layer and keeps count of the height and width on the way."""

    def __init__(self, weights: Weights, side_pixels: int) -> None:
        self._weights = weights
        self._input_side = self._side = side_pixels
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def inverted_bottleneck(self, tensor: str, block: str, *, stride: int) -> str:
        """Add expand (where it has weights), depthwise and project, with the shortcut."""
        shortcut = tensor
        if f"{block}._expand_conv.weight" in self._weights:
            tensor = self.convolve(tensor, f"{block}._expand_conv", f"{block}._bn0")
        tensor = self.convolve(tensor, f"{block}._depthwise_conv", f"{block}._bn1", stride=stride)
        tensor = self.convolve(tensor, f"{block}._project_conv", f"{block}._bn2", activate=False)
        if stride == 1 and self._channels_in(block) == self._channels_out(block):
            return self.node("Add", [tensor, shortcut])
        return tensor

    def convolve(
        self, tensor: str, layer: str, norm: str, *, stride: int = 1, activate: bool = True
    ) -> str:
        """Add convolution, folded batch normalisation and, unless told otherwise, ReLU6."""
        weight, bias = self._folded(layer, norm)
        size = weight.shape[2]
        groups = weight.shape[0] if weight.shape[1] == 1 else 1
        out = self.node(
            "Conv",
            [tensor, self.constant(f"{layer}.w", weight), self.constant(f"{layer}.b", bias)],
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=self._same_padding(size, stride),
            group=groups,
        )
        self._side = math.ceil(self._side / stride)
        if not activate:
            return out
        bounds = [self.constant("zero", np.float32(0)), self.constant("six", np.float32(6))]
        return self.node("Clip", [out, *bounds])

    def node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:  # noqa: ANN401 - ONNX attributes are of many types
        """Add one node and return the name of what it puts out."""
        output = output or f"t{len(self._nodes)}"
        self._nodes.append(onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: Any = None) -> str:  # noqa: ANN401 - scalar or array
        """Add one constant (by default the weights of that name) and return its name."""
        array = np.asarray(self._weights[name] if value is None else value, np.float32)
        self._constants.setdefault(name, onnx.numpy_helper.from_array(array, name))
        return name

    def serialized(self) -> bytes:
        """Return the finished graph."""
        value = onnx.helper.make_tensor_value_info
        side = self._input_side
        graph = onnx.helper.make_graph(
            self._nodes,
            "efficientnet_lite",
            [value("image", onnx.TensorProto.FLOAT, [1, 3, side, side])],
            [value(name, onnx.TensorProto.FLOAT, None) for name in (FEATURES, LOGITS)],
            list(self._constants.values()),
        )
        opset = [onnx.helper.make_opsetid("", _OPSET)]
        model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
        return cast("bytes", model.SerializeToString())

    def _folded(self, layer: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the convolution's weights and bias with the normalisation inside."""
        weight = self._weights[f"{layer}.weight"].astype(np.float64)
        gain, shift, mean, variance = (
            self._weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + _BATCH_NORM_EPSILON)
        folded = weight * scale[:, None, None, None]
        return folded.astype(np.float32), (shift - mean * scale).astype(np.float32)

    def _same_padding(self, size: int, stride: int) -> list[int]:
        total = max((math.ceil(self._side / stride) - 1) * stride + size - self._side, 0)
        before = total // 2
        return [before, before, total - before, total - before]

    def _channels_in(self, block: str) -> int:
        expand = self._weights.get(f"{block}._expand_conv.weight")
        entry = self._weights[f"{block}._depthwise_conv.weight"]
        return int(entry.shape[0] if expand is None else expand.shape[1])

    def _channels_out(self, block: str) -> int:
        return int(self._weights[f"{block}._project_conv.weight"].shape[0])
