"""What the colours of a map mean: categories or a scale, and one level per point."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from types import MappingProxyType

import numpy as np
import pandas as pd

from cae.columns.category import NO_VALUE, category_text, sort_key
from cae.columns.cohort_column import cohort_of
from cae.columns.titles import CLUSTER, IN_COHORT, OUTSIDE, column_title, default_name
from cae.number_text import with_minus

# Okabe & Ito's colour-blind-safe set without black and with a darker yellow, then hues between
# them; each is readable on a light and on a dark ground.
CATEGORICAL = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#56b4e9",
    "#cc79a7",
    "#b5a400",
    "#7b61c9",
    "#8c6d46",
    "#3fb6a8",
    "#a8325e",
    "#7a9a3a",
)
MISSING = "#8a8f98"
# Viridis (van der Walt & Smith 2015) without its darkest and lightest tenth, so that both ends
# can be told from a light and from a dark ground.
SCALE = (
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#e0e21a",
)
SCALE_LEVELS = 256
MOST_CATEGORIES = 60
FEW_WHOLE_NUMBERS = 10
_LOOKED_AT_FIRST = 10_000


@dataclass(frozen=True)
class Level:
    """One colour of a map.

    Attributes:
        name: as the screen says it.
        colour: #rrggbb.
        listed: whether the legend lists it.
        value: what the table holds, as text; None for a missing value and a step of a scale.
    """

    name: str
    colour: str
    listed: bool = True
    value: str | None = None


@dataclass(frozen=True, eq=False)
class Colours:
    """One level per point and what the levels are.

    Attributes:
        title: what the colours show, as the legend says it.
        codes: uint16 (N,), index into `levels`.
        levels: categories in order; for a scale its steps and, last, missing.
        values: float32 (N,) of a scale, NaN is missing; None for categories.
        named: whether the levels' names are written on the map.
    """

    title: str
    codes: np.ndarray
    levels: tuple[Level, ...]
    values: np.ndarray | None = None
    named: bool = False

    @property
    def limits(self) -> tuple[float, float] | None:
        """The least and the largest value of a scale; None for categories and without a value."""
        if self.values is None or np.isnan(self.values).all():
            return None
        return float(np.nanmin(self.values)), float(np.nanmax(self.values))

    @cached_property
    def digest(self) -> str:
        """Hash of what the levels stand for, whatever they are called, of codes and values."""
        stand_for = (self.title, [level.value for level in self.levels], self.limits)
        found = hashlib.blake2b(repr(stand_for).encode(), digest_size=8)
        found.update(np.ascontiguousarray(self.codes).tobytes())
        if self.values is not None:
            found.update(np.ascontiguousarray(self.values).tobytes())
        return found.hexdigest()

    def rows(self, level: int) -> np.ndarray:
        """Return the ascending rows of one level."""
        return np.flatnonzero(self.codes == level)


def table_colours(
    table: pd.DataFrame, column: str, names: Mapping[int, str] = MappingProxyType({})
) -> Colours:
    """Return the colours of a column; `names` are those given to clusters."""
    if column == CLUSTER:
        return cluster_colours(table[column], names)
    if cohort_of(column) is not None:
        return cohort_colours(column_title(column), table[column])
    return colours_of_column(column_title(column), table[column])


def is_scale(values: pd.Series) -> bool:
    """Whether a column is coloured on a scale: numbers that are not a few whole ones.

    Clusters never are, however many there are: their numbers are names.
    """
    if values.name == CLUSTER:
        return False
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    present = values.dropna()
    return not _has_few(present, FEW_WHOLE_NUMBERS) or not (present == present.round()).all()


def can_colour(values: pd.Series) -> bool:
    """Whether a column can colour a map: a scale, or not too many categories."""
    return is_scale(values) or _has_few(values, MOST_CATEGORIES)


def colours_of_column(title: str, values: pd.Series) -> Colours:
    """Return a scale for measurements and categories for all else."""
    return scale_colours(title, values) if is_scale(values) else category_colours(title, values)


def category_colours(title: str, values: pd.Series) -> Colours:
    """Give each distinct value a colour by its rank among them, so that it keeps it."""
    present = sorted(values.dropna().unique(), key=sort_key)
    levels = [
        Level(_name(value), CATEGORICAL[rank % len(CATEGORICAL)], value=category_text(value))
        for rank, value in enumerate(present)
    ]
    codes = pd.Categorical(values, categories=present).codes.astype(np.int32)
    codes[codes < 0] = len(levels)
    return Colours(title, codes.astype(np.uint16), (*levels, Level(NO_VALUE, MISSING)))


def cluster_colours(
    clusters: pd.Series, names: Mapping[int, str] = MappingProxyType({})
) -> Colours:
    """Give each cluster a colour by its number; −1 is grey and called unclustered.

    `names` says what some of them are called instead of by their number.
    """
    numbers = sorted(set(clusters.unique()) - {-1})
    levels = [
        Level(
            names.get(number, default_name(number)),
            CATEGORICAL[number % len(CATEGORICAL)],
            value=str(number),
        )
        for number in numbers
    ]
    codes = np.searchsorted(numbers, clusters.to_numpy()) if numbers else np.zeros(len(clusters))
    codes = np.where(clusters.to_numpy() == -1, len(levels), codes)
    unclustered = Level(default_name(-1), MISSING, value="-1")
    return Colours("Cluster", codes.astype(np.uint16), (*levels, unclustered), named=True)


def cohort_colours(title: str, is_in: pd.Series) -> Colours:
    """Give the images of a cohort a colour, and grey to those outside."""
    inside = Level(IN_COHORT, CATEGORICAL[0], value="True")
    outside = Level(OUTSIDE, MISSING, value="False")
    return Colours(title, np.where(is_in, 0, 1).astype(np.uint16), (inside, outside))


def scale_colours(title: str, values: pd.Series) -> Colours:
    """Lay numbers on viridis from the smallest to the largest; missing is grey."""
    numbers = values.to_numpy(dtype=np.float32, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan).astype(np.float32)
    present = numbers[~np.isnan(numbers)]
    low, high = (present.min(), present.max()) if len(present) else (0.0, 1.0)
    share = (numbers - low) / ((high - low) or 1.0)
    steps = np.clip(np.nan_to_num(share) * SCALE_LEVELS, 0, SCALE_LEVELS - 1).astype(np.uint16)
    steps[np.isnan(numbers)] = SCALE_LEVELS
    steps_of_scale = on_scale(np.linspace(0, 1, SCALE_LEVELS))
    levels = [Level("", _hex(*colour), listed=False) for colour in steps_of_scale]
    return Colours(title, steps, (*levels, Level(NO_VALUE, MISSING)), values=numbers)


def on_scale(shares: np.ndarray) -> np.ndarray:
    """Return the colours of shares (...) of `SCALE`, uint8 (..., 3); beyond 0–1 as the ends."""
    stops = np.array([rgb(colour) for colour in SCALE], float)
    places = np.linspace(0, 1, len(stops))
    channels = [np.interp(shares, places, stops[:, channel]) for channel in range(3)]
    colours: np.ndarray = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return colours


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue (0–255) of #rrggbb."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _has_few(values: pd.Series, most: int) -> bool:
    """Whether there are at most so many distinct values; the first rows often tell already."""
    return all(some.nunique() <= most for some in (values.head(_LOOKED_AT_FIRST), values))


def _hex(red: int, green: int, blue: int) -> str:
    return f"#{red:02x}{green:02x}{blue:02x}"


def _name(value: object) -> str:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return with_minus(category_text(value)) if is_number else category_text(value)
