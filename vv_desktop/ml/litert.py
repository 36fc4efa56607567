"""Runs a .tflite file with LiteRT on 0–255 RGB pixels, whatever its input and output types are."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.errors import UserError


class LiteRtNetwork:
    """A .tflite file ready to run: one image input (1, size, size, 3), one output.

    Needs no TensorFlow. Not shared between threads. Raises UserError if the file cannot be
    loaded or takes something else than one square RGB image.
    """

    def __init__(self, path: Path, threads: int = 2) -> None:
        self.path = path
        try:
            self._interpreter = Interpreter(str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
            inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        except (ValueError, RuntimeError, OSError) as error:
            raise UserError(f"The model file cannot be loaded ({_first_line(error)}): {path}") from error
        if len(inputs) != 1 or len(outputs) != 1:
            found = f"{len(inputs)} and {len(outputs)}"
            raise UserError(f"A model with one input and one output is expected ({found}): {path}")
        self._input, self._output = inputs[0], outputs[0]
        shape = tuple(int(side) for side in self._input["shape"])
        if len(shape) != 4 or shape[0] != 1 or shape[1] != shape[2] or shape[3] != 3 or shape[1] < 1:
            raise UserError(f"A model that takes one square RGB picture is expected; its input is {shape}: {path}")

    @property
    def size(self) -> int:
        """Side of the input in pixels."""
        return int(self._input["shape"][1])

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output for one image, without the leading 1."""
        return tuple(int(side) for side in self._output["shape"][1:])

    @property
    def quantisation(self) -> dict[str, dict[str, Any]]:
        """Type, scale and zero point of input and output, as plain JSON values."""
        named = {"input": self._input, "output": self._output}
        return {name: {"type": np.dtype(d["dtype"]).name, **_scale(d)} for name, d in named.items()}

    def run(self, pixels: Uint8Array) -> Float32Array:
        """Output of each image, (N, *output_shape), for uint8 RGB (N, size, size, 3).

        One image at a time: measured 480 images/s against 320 in batches of 32, as it stays in the cache.
        Raises UserError for pixels of another shape, a file that is damaged, and outputs that are not finite.
        """
        if pixels.ndim != 4 or pixels.shape[1:] != (self.size, self.size, 3) or pixels.dtype != np.uint8:
            expected = f"uint8 pixels (N, {self.size}, {self.size}, 3)"
            raise UserError(f"The model takes {expected}; received {pixels.dtype} {pixels.shape}")
        answers = np.empty((len(pixels), *self.output_shape), np.float32)
        for row, answer in zip(pixels, answers, strict=True):
            try:
                self._interpreter.set_tensor(self._input["index"], _quantised(row[None], self._input))
                self._interpreter.invoke()
                answer[...] = _plain(self._interpreter.get_tensor(self._output["index"]), self._output)[0]
            except (ValueError, RuntimeError) as error:  # an output that nothing computes shows only when it is read
                raise UserError(f"The model file cannot be used ({_first_line(error)}): {self.path}") from error
        if not np.isfinite(answers).all():
            raise UserError(f"The model answers with values that are not numbers: {self.path}")
        return answers


def _scale(detail: dict[str, Any]) -> dict[str, Any]:
    scale, zero = detail["quantization"]
    return {"scale": float(scale), "zero_point": int(zero)} if scale else {}


def _quantised(pixels: Uint8Array, detail: dict[str, Any]) -> npt.NDArray[Any]:
    scale, zero = detail["quantization"]
    dtype = np.dtype(detail["dtype"])
    if not scale or dtype.kind == "f":
        return pixels.astype(dtype)
    if scale == 1.0 and zero == 0 and dtype == np.uint8:
        return pixels  # the bytes of the picture are the input
    limits = np.iinfo(dtype)
    return np.clip(np.rint(pixels / scale) + zero, limits.min, limits.max).astype(dtype)


def _plain(values: npt.NDArray[Any], detail: dict[str, Any]) -> Float32Array:
    scale, zero = detail["quantization"]
    if not scale or values.dtype.kind == "f":
        return values.astype(np.float32)
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32)


def _first_line(error: BaseException) -> str:
    """LiteRT has no words for memory that it was refused."""
    return str(error).strip().splitlines()[0][:120] if str(error).strip() else "there is not the memory that it wants"
