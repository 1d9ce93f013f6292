"""Values of more than 8 bits, or of other kinds, brought onto 0–255."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cae.errors import UnusableError
from cae.number_text import counted

WINDOW_COLUMNS = ("black_value", "white_value")
_BIT_DEPTHS = (8, 10, 12, 14, 16)


class Window(NamedTuple):
    """The values that are shown black and white; the first is the larger one in a negative."""

    black: float
    white: float

    @property
    def negative(self) -> "Window":
        """The window in which dark and bright change places."""
        return Window(self.white, self.black)


def full_window(values: np.ndarray) -> Window:
    """Return the window from the smallest to the largest finite value.

    Raises:
        UnusableError: no value is finite.
    """
    finite = values if values.dtype.kind != "f" else values[np.isfinite(values)]
    if not finite.size:
        raise UnusableError("it holds no finite value")
    return Window(float(finite.min()), float(finite.max()))


def colour_window(values: np.ndarray) -> Window:
    """Return the window of colours, which keeps 0 black so that no hue changes.

    Unsigned integers fill 8, 10, 12, 14 or 16 bits, whichever holds the largest value, as cameras
    store 12 bits in words of 16; fractions fill 0–1. Others have their `full_window`.

    Raises:
        UnusableError: no value is finite.
    """
    window = full_window(values)
    if values.dtype.kind == "u":
        largest = [2.0**bits - 1 for bits in _BIT_DEPTHS]
        return Window(0.0, next((top for top in largest if top >= window.white), window.white))
    if values.dtype.kind == "f" and window.black >= 0 and window.white <= 1:
        return Window(0.0, 1.0)
    return window


def windowed(values: np.ndarray, window: Window) -> np.ndarray:
    """Return `values` between the window's ends as uint8 0–255; what is not finite is black.

    A window without width, as in an image of a single value, shows everything black.
    """
    black, white = window
    if black == white:
        return np.zeros(values.shape, np.uint8)
    # Halves, because the distance between two extreme floats may be infinite.
    shares = (values / 2.0 - black / 2.0) / (white / 2.0 - black / 2.0)
    if values.dtype.kind == "f":
        shares[~np.isfinite(values)] = 0
    return np.rint(np.clip(shares, 0, 1, out=shares) * 255).astype(np.uint8)


def window_columns(
    windows: Sequence[Window | None], taken: Collection[str] = ()
) -> dict[str, pd.Series]:
    """Return the columns that record which values are shown black and white.

    They are missing for images that are shown as they are; there is no column where all are. A
    name that is `taken` gets ``(image)`` behind it.
    """
    if all(window is None for window in windows):
        return {}
    values = zip(*(window or (np.nan, np.nan) for window in windows), strict=True)
    names = [f"{name} (image)" if name in taken else name for name in WINDOW_COLUMNS]
    return {
        name: pd.Series(column, dtype=float) for name, column in zip(names, values, strict=True)
    }


def window_notes(columns: dict[str, pd.Series]) -> list[str]:
    """Return a sentence on the images that were brought onto 8 bits, none where none were.

    Args:
        columns: what `window_columns` returns.
    """
    if not columns:
        return []
    black, white = columns
    count = int(columns[black].notna().sum())
    images = f"{counted(count, 'image')} {'was' if count == 1 else 'were'}"
    return [f"{images} brought onto 8 bits; {black} and {white} say which values became 0 and 255."]
