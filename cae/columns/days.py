"""Dates as whole days, whatever their time of day and their zone."""

import numpy as np
import pandas as pd

NO_DAY = np.iinfo(np.int64).min


def days(values: pd.Series) -> np.ndarray:
    """Return dates as whole days since 1970-01-01, int64 (N,), `NO_DAY` where missing."""
    return np.asarray(values.dt.tz_localize(None).to_numpy("datetime64[D]").astype(np.int64))
