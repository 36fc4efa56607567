"""Names for numpy arrays by what their entries are."""

import numpy as np
import numpy.typing as npt

Uint8Array = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]
Float32Array = npt.NDArray[np.float32]
