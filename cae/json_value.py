"""Values of tables and of steps as JSON holds them."""

import math
from typing import Any

import numpy as np
import pandas as pd


def json_value(value: Any) -> Any:
    """Return `value` built only from what JSON knows, all the way down.

    What is missing and what is no finite number is None; what JSON does not know is a text.

    Example:
        >>> json_value({"a": np.arange(2), "b": (1.5, float("inf"), pd.NaT)})
        {'a': [0, 1], 'b': [1.5, None, None]}
    """
    if isinstance(value, dict):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "mM":
        return json_value(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)
