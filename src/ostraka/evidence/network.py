"""Neural networks on one thread: ONNX Runtime, set up the same way for every extractor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


class Network:
    """One ONNX graph, run on the calling thread alone.

    One thread: a jailed worker may start none, and the order of additions, hence every bit of
    the result, does not depend on how busy the machine is.
    """

    def __init__(self, model: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, tensor: FloatArray) -> list[FloatArray]:
        """Return the graph's outputs, in its declared order, for one input tensor."""
        return cast("list[FloatArray]", self._session.run(self._outputs, {self._input: tensor}))

    def metadata(self, key: str) -> str:
        """Return one entry of the model file's own metadata."""
        properties: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        return properties[key]


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """Return the same graph with exactly these nodes as its outputs, in this order."""
    graph_file: Any = onnx.load_model_from_string(model)
    known = {output.name: output for output in graph_file.graph.output}
    outputs = [
        known.get(name) or onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in names
    ]
    del graph_file.graph.output[:]
    graph_file.graph.output.extend(outputs)
    return cast("bytes", graph_file.SerializeToString())
