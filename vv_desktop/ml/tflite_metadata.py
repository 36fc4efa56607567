"""Labels and metadata inside a .tflite, the standard way: a metadata buffer, and labels.txt in a ZIP behind the model.

Layout: github.com/tensorflow/tflite-support, metadata_schema.fbs, file identifier M001. Written by hand, as
tflite-support cannot be installed beside TensorFlow; read by MediaPipe Tasks and Android Studio.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from vv_desktop.core.classes import ClassList

NAME, LABELS = "TFLITE_METADATA", "labels.txt"
_IMAGE, _FEATURE, _NORMALISATION, _RGB, _AXIS_LABELS = 2, 1, 1, 1, 2
"""Numbers of the schema: two kinds of content, a process unit, a colour space, a kind of associated file."""
_NEWEST = (2026, 1, 1, 0, 0, 0)
"""Every labels.txt bears this date, so that the same model is the same bytes."""


def with_metadata(model: bytes, name: str, classes: ClassList, size: int, quantised: bool) -> bytes:
    """The .tflite `model` with metadata of an image classifier and its class names inside.

    size: side of the input in pixels. quantised: whether input and output are uint8; output values are
    then 1/256 each. The weights and the graph stay as they are.
    """
    whole = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(name, size, quantised), np.uint8)
    whole.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = NAME, len(whole.buffers) - 1
    whole.metadata = [*(m for m in whole.metadata or [] if m.name not in (NAME, NAME.encode())), entry]
    builder = _Aligned(len(model) + 65536)
    builder.Finish(whole.Pack(builder), b"TFL3")
    file = io.BytesIO(bytes(builder.Output()))
    file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(zipfile.ZipInfo(LABELS, _NEWEST), "".join(f"{name}\n" for name in classes.names))
    return file.getvalue()


class _Aligned(flatbuffers.Builder):
    """Puts every vector at a multiple of 16 bytes, as the schema asks of weights and the Python code forgets."""

    def CreateNumpyVector(self, x: Any) -> Any:
        self.Prep(16, x.nbytes)
        return super().CreateNumpyVector(x)


def _metadata(name: str, size: int, quantised: bool) -> bytes:
    b = flatbuffers.Builder(1024)
    picture = _content(
        b, _IMAGE, _table(b, 2, [_byte(0, _RGB), _offset(1, _table(b, 2, [_uint(0, size), _uint(1, size)]))])
    )
    plain = _table(b, 2, [_offset(0, _floats(b, [0.0])), _offset(1, _floats(b, [1.0]))])
    unit = _table(b, 2, [_byte(0, _NORMALISATION), _offset(1, plain)])
    image = _tensor(
        b, "image", "RGB picture, 0 to 255; normalised inside the model", picture, (0.0, 255.0), units=[unit]
    )
    labels = _table(b, 5, [_offset(0, b.CreateString(LABELS)), _byte(2, _AXIS_LABELS)])
    feature = _content(b, _FEATURE, _table(b, 0, []))
    answer = _tensor(b, "probability", "Probability of each class", feature, (0.0, 1.0), files=[labels])
    graph = _table(b, 4, [_offset(2, _tables(b, [image])), _offset(3, _tables(b, [answer]))])
    kind = "uint8 in and out" if quantised else "float32 in and out"
    fields = [
        _offset(0, b.CreateString(name)),
        _offset(1, b.CreateString(f"Image classifier made with vv-desktop, {kind}")),
        _offset(2, b.CreateString("1")),
        _offset(3, _tables(b, [graph])),
        _offset(7, b.CreateString("1.0.0")),
    ]
    b.Finish(_table(b, 8, fields), b"M001")
    return bytes(b.Output())


Field = Callable[[Any], None]


def _tensor(
    b: Any,
    name: str,
    text: str,
    content: int,
    span: tuple[float, float],
    units: Sequence[int] = (),
    files: Sequence[int] = (),
) -> int:
    fields = [_offset(0, b.CreateString(name)), _offset(1, b.CreateString(text)), _offset(3, content)]
    if units:
        fields.append(_offset(4, _tables(b, units)))
    low, high = span
    fields.append(_offset(5, _table(b, 2, [_offset(0, _floats(b, [high])), _offset(1, _floats(b, [low]))])))
    if files:
        fields.append(_offset(6, _tables(b, files)))
    return _table(b, 7, fields)


def _content(b: Any, kind: int, properties: int) -> int:
    return _table(b, 3, [_byte(0, kind), _offset(1, properties)])


def _table(b: Any, slots: int, fields: Sequence[Field]) -> int:
    b.StartObject(slots)
    for write in fields:
        write(b)
    return int(b.EndObject())


def _offset(slot: int, offset: int) -> Field:
    return lambda b: b.PrependUOffsetTRelativeSlot(slot, offset, 0)


def _byte(slot: int, value: int) -> Field:
    return lambda b: b.PrependUint8Slot(slot, value, 0)


def _uint(slot: int, value: int) -> Field:
    return lambda b: b.PrependUint32Slot(slot, value, 0)


def _tables(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())


def _floats(b: Any, values: Sequence[float]) -> int:
    b.StartVector(4, len(values), 4)
    for value in reversed(values):
        b.PrependFloat32(value)
    return int(b.EndVector())
