"""Where in a picture the evidence for each class lies: the last feature map times the gradient of the class's logit.

Grad-CAM (Selvaraju et al. 2017) averages the gradient over the map first; here each place keeps its own (HiResCAM,
Draelos and Carin 2020), which is the same after global average pooling and stays exact after 3×3 pooling: where the
head is linear, the places add up to the logit. Everything is read from the run's .tflite, so no TensorFlow is needed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.heat import HeatMap
from vv_desktop.ml.augmentation import mirror_images

_OPS = {number: name for name, number in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
_ACTIVATIONS = {number: name for name, number in vars(schema.ActivationFunctionType).items() if name[0] != "_"}


class HeatMapper:
    """A float32 classifier in a .tflite file, asked why. Not shared between threads.

    Raises UserError if the file cannot be loaded or ends in something else than a pooled feature map with dense or
    1×1 layers and ReLU behind it.
    """

    def __init__(self, path: Path, threads: int = 2) -> None:
        self._path = path
        try:
            # Fused kernels would keep nothing of what lies between input and output.
            self._interpreter = Interpreter(
                str(path),
                num_threads=threads,
                experimental_preserve_all_tensors=True,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
            self._interpreter.allocate_tensors()
            self._graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes()))
        except (ValueError, RuntimeError, OSError) as error:
            raise UserError(f"The model file cannot be loaded: {path}") from error
        (self._input,) = self._interpreter.get_input_details()
        self._head = self._read_head()

    def evidence(self, pixels: Uint8Array) -> tuple[Float32Array, Float32Array]:
        """What each place of the last feature map adds to each class's logit (classes, height, width), and the logits.

        pixels: one uint8 RGB picture (size, size, 3), the model's own size. Raises UserError for another shape.
        """
        if pixels.shape != tuple(self._input["shape"][1:]) or pixels.dtype != np.uint8:
            expected = "uint8 pixels {} × {} × {}".format(*self._input["shape"][1:])
            raise UserError(f"The model takes {expected}; received {pixels.dtype} {pixels.shape}")
        self._interpreter.set_tensor(self._input["index"], pixels[None].astype(self._input["dtype"]))
        self._interpreter.invoke()
        logits = self._value(self._head[0].outputs[0])
        gradient = np.eye(logits.shape[-1], dtype=np.float32)
        for operator in self._head:
            gradient = self._back(operator, gradient)
        features = self._value(self._head[-1].inputs[0])[0]
        return np.einsum("kyxc,yxc->kyx", gradient, features).astype(np.float32), logits[0]

    # How

    def _read_head(self) -> list[Any]:
        """The operators from the logits back to the pooling."""
        operators = self._graph.subgraphs[0].operators
        made_by = {int(output): operator for operator in operators for output in operator.outputs}
        found: list[Any] = []
        tensor = int(self._graph.subgraphs[0].outputs[0])
        while tensor in made_by:
            operator = made_by[tensor]
            name = self._name(operator)
            if name == "SOFTMAX" and not found:
                pass
            elif name in _BACK:
                found.append(operator)
                if name in _POOLS:
                    return found
            else:
                break
            tensor = int(operator.inputs[0])
        raise UserError(
            f"Only a pooled feature map with dense layers behind it can be explained; received {self._path}"
        )

    def _name(self, operator: Any) -> str:
        code = self._graph.operatorCodes[operator.opcodeIndex]
        return _OPS[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def _value(self, index: int) -> npt.NDArray[Any]:
        return np.asarray(self._interpreter.get_tensor(int(index)))

    def _back(self, operator: Any, gradient: Float32Array) -> Float32Array:
        """The gradient of each logit by the operator's input, from that by its output (classes, …)."""
        activation = getattr(operator.builtinOptions, "fusedActivationFunction", 0)
        if activation:
            if _ACTIVATIONS[activation] != "RELU":
                raise UserError(f"The head has an activation that cannot be explained; received {self._path}")
            gradient = gradient * (self._value(operator.outputs[0])[0] > 0)
        shape = self._value(operator.inputs[0]).shape[1:]
        weights = self._value(operator.inputs[1]) if len(operator.inputs) > 1 else np.empty(0)
        return _BACK[self._name(operator)](gradient, shape, weights, operator.builtinOptions)


_Back = Callable[[Float32Array, tuple[int, ...], npt.NDArray[Any], Any], Float32Array]


def _dense(gradient: Float32Array, shape: tuple[int, ...], weights: npt.NDArray[Any], _: Any) -> Float32Array:
    return np.asarray(gradient @ weights.reshape(-1, shape[-1]), np.float32)  # (out, 1, 1, in) of a 1×1 convolution


def _reshaped(gradient: Float32Array, shape: tuple[int, ...], _: npt.NDArray[Any], __: Any) -> Float32Array:
    return gradient.reshape(len(gradient), *shape)


def _averaged(gradient: Float32Array, shape: tuple[int, ...], _: npt.NDArray[Any], __: Any) -> Float32Array:
    everywhere = np.broadcast_to(gradient[:, None, None, :], (len(gradient), *shape))
    return (everywhere / (shape[0] * shape[1])).astype(np.float32)


def _pooled(gradient: Float32Array, shape: tuple[int, ...], _: npt.NDArray[Any], options: Any) -> Float32Array:
    high, wide = options.filterHeight, options.filterWidth
    back = np.zeros((len(gradient), *shape), np.float32)
    for y in range(gradient.shape[1]):
        for x in range(gradient.shape[2]):
            top, left = y * options.strideH, x * options.strideW
            back[:, top : top + high, left : left + wide] += gradient[:, y, x][:, None, None] / (high * wide)
    return back


_POOLS: dict[str, _Back] = {"MEAN": _averaged, "AVERAGE_POOL_2D": _pooled}
_BACK: dict[str, _Back] = {"FULLY_CONNECTED": _dense, "CONV_2D": _dense, "RESHAPE": _reshaped, **_POOLS}


def heat_map(mapper: HeatMapper, pixels: Uint8Array, classes: ClassList, partners: tuple[int, ...] | None) -> HeatMap:
    """The class that the network names, and where it has more evidence than the others have on average.

    partners: the mirrored class of each class where answers are averaged with the mirrored picture's, else None.
    What speaks against the class is 0.
    """
    evidence, logits = mapper.evidence(pixels)
    answer = _softmax(logits)
    if partners is not None:
        swapped = list(partners)
        mirrored, logits = mapper.evidence(np.ascontiguousarray(mirror_images(pixels[None])[0]))
        evidence = np.asarray((evidence + mirrored[swapped, :, ::-1]) / 2, np.float32)
        answer = np.asarray((answer + _softmax(logits)[swapped]) / 2, np.float32)
    label = int(answer.argmax())
    others = np.delete(evidence, label, axis=0).mean(axis=0) if len(evidence) > 1 else 0.0
    more = np.maximum(evidence[label] - others, 0.0)
    return HeatMap(classes.names[label], float(answer[label]), np.asarray(more / (more.max() or 1.0), np.float32))


def _softmax(logits: Float32Array) -> Float32Array:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)
