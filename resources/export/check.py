"""Is this export whole, and does every .tflite in it answer as it did when it was made?

pip install numpy ai-edge-litert; python check.py"""

import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def fail(sentence):
    print(f"FAIL: {sentence}")
    sys.exit(1)


def check_files():
    """Every file is the one that was exported, byte for byte."""
    try:
        lines = (HERE / "SHA256SUMS").read_bytes().decode().splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        fail(f"SHA256SUMS cannot be read, so the export is not whole: {error}")
    for name in {"labels.txt", "model.json", "golden/expected.json", "golden/inputs.npy", *sums}:
        if not (HERE / name).is_file() or name not in sums:
            fail(f"{name} is missing")
        if hashlib.sha256((HERE / name).read_bytes()).hexdigest() != sums[name]:
            fail(f"{name} is not the file that was exported: it was changed or damaged")
    return len(sums)


def check_model(name, pictures, expected, tolerance):
    """The file gives the golden pictures the probabilities that were written down."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    model = Interpreter(str(HERE / name))
    model.allocate_tensors()
    put, get = model.get_input_details()[0], model.get_output_details()[0]
    scale, zero = get["quantization"]
    for number, (picture, wanted) in enumerate(zip(pictures, expected, strict=True)):
        model.set_tensor(put["index"], picture[None].astype(put["dtype"]))
        model.invoke()
        answer = model.get_tensor(get["index"])[0].astype(np.float32)
        answer = (answer - zero) * scale if scale else answer
        if not np.abs(answer - wanted).max() <= tolerance:
            fail(f"{name} answers golden picture {number} with {answer.round(3)} instead of {np.round(wanted, 3)}")


files = check_files()
golden = json.loads((HERE / "golden" / "expected.json").read_text(encoding="utf-8"))
import numpy  # noqa: E402

pictures = numpy.load(HERE / "golden" / "inputs.npy", allow_pickle=False)
for row in golden["files"]:
    check_model(row["file"], pictures, row["probabilities"], row["tolerance"])
count = f"{len(golden['files'])} models answer {len(pictures)} golden pictures as they did"
print(f"PASS: {files} files unchanged; {count}")
