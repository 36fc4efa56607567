"""The files that a run can be written as, and which of them can be written here."""

from importlib.util import find_spec

FILES = {
    "keras": "model.keras",
    "saved_model": "saved_model",
    "fp32": "model_float32.tflite",
    "fp16": "model_float16.tflite",
    "int8": "model_int8.tflite",
    "onnx": "model.onnx",
}
"""Format name to the name of its file or folder."""
ONNX_EXTRA = ("tf2onnx", "onnx", "onnxruntime")
"""What the optional extra `onnx` installs."""


def why_not(format: str) -> str | None:
    """A sentence that says what a format needs and has not here; None where it can be written and checked."""
    if format != "onnx" or all(find_spec(name) for name in ONNX_EXTRA):
        return None
    return f"{FILES[format]} needs packages that are not here: pip install {' '.join(ONNX_EXTRA)}"


def formats_here() -> tuple[str, ...]:
    """The formats that can be written here."""
    return tuple(name for name in FILES if why_not(name) is None)
