"""Array types of this floor, and the checks that every estimator makes first."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
CodeArray = NDArray[Any]


def as_matrix(values: ArrayLike, *, rows: int, name: str) -> FloatArray:
    """Give `values` as a float matrix of `rows` rows; one dimension becomes one column.

    NaN is a missing answer and stays. Nothing is copied where nothing must change, so the result may be
    read-only and may share memory with the input. Raises ValueError for another number of rows, for more
    than two dimensions and for infinite values.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, np.newaxis]
    if matrix.ndim != 2 or matrix.shape[0] != rows:
        raise ValueError(f"{name} has shape {np.shape(values)}; expected ({rows}, columns)")
    if np.isinf(matrix).any():
        raise ValueError(f"{name} holds infinite values")
    return matrix


def as_mask(values: ArrayLike, *, rows: int, name: str) -> BoolArray:
    """Give `values` as a boolean matrix of `rows` rows; one dimension becomes one column.

    Raises ValueError for numbers other than booleans, another number of rows or more than two dimensions.
    """
    mask = np.asarray(values)
    if mask.dtype != np.bool_:
        raise ValueError(f"{name} has type {mask.dtype}; expected booleans")
    if mask.ndim == 1:
        mask = mask[:, np.newaxis]
    if mask.ndim != 2 or mask.shape[0] != rows:
        raise ValueError(f"{name} has shape {np.shape(values)}; expected ({rows}, columns)")
    return mask


def as_codes(values: ArrayLike, *, rows: int, name: str) -> IntArray:
    """Give codes 0, 1, ... in sorted order for a vector of integers or texts.

    Raises ValueError for another length, for floating numbers and for missing values.
    """
    codes = np.asarray(values)
    if codes.shape != (rows,):
        raise ValueError(f"{name} has shape {codes.shape}; expected ({rows},)")
    if codes.dtype.kind == "O" and not all(isinstance(code, str) for code in codes.tolist()):
        raise ValueError(f"{name} holds missing or mixed codes")
    if codes.dtype.kind not in "iubUTO":
        raise ValueError(f"{name} has type {codes.dtype}; expected integers or texts")
    return np.unique(codes, return_inverse=True)[1].astype(np.int64, copy=False)
