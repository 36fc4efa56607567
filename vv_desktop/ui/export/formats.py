"""The formats a run can be written as, with the words that explain them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One format: its key in tasks, the file or folder it becomes, and what it is for."""

    key: str
    name: str
    file: str
    words: str

    @property
    def short(self) -> str:
        """Its name where there is little room: "int8"."""
        return self.name.removeprefix("TFLite, ")


FORMATS = (
    Format(
        "fp32",
        "TFLite, float32",
        "model_float32.tflite",
        "For phones and small devices; answers exactly as in this app.",
    ),
    Format("fp16", "TFLite, float16", "model_float16.tflite", "Half the size, nearly the same answers."),
    Format(
        "int8",
        "TFLite, int8",
        "model_int8.tflite",
        "A quarter of the size and the fastest; calibrated on your training images.",
    ),
    Format("keras", "Keras", "model.keras", "For going on in Python."),
    Format("saved_model", "SavedModel", "saved_model/", "For TensorFlow servers."),
    Format("onnx", "ONNX", "model.onnx", "For onnxruntime and TensorRT."),
)
BY_KEY = {item.key: item for item in FORMATS}
