"""A column in bins, so that a histogram of any set of its images is one count."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.columns.category import category_text, sort_key
from cae.columns.colours import MOST_CATEGORIES, is_scale
from cae.columns.days import NO_DAY, days
from cae.columns.titles import CLUSTER

CATEGORIES, NUMBERS, DATES, TEXT = "categories", "numbers", "dates", "text"
MOST_BINS = 40
# So many more than the ends of bins have, where one has to lie between two values.
_FURTHER_DIGITS = 3
_DAYS = (1, 2, 7, 14, 28, 91, 182, 365, 730, 1825, 3650, 18250, 36500)


@dataclass(frozen=True, eq=False)
class Facet:
    """A column in bins.

    Attributes:
        kind: categories, numbers, dates, or text that has too many values for categories.
        lows: the least value of each bin: a category as `category_text` writes it, a number or an
            ISO date; none for text.
        highs: the largest value of each bin, as `lows`.
        codes: uint16 (N,), the bin of each row; ``len(lows)`` where there is no value.
    """

    kind: str
    lows: Sequence[str | float]
    highs: Sequence[str | float]
    codes: np.ndarray

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """Return how many of `rows` (numbers or bool, N) lie in each bin; missing is last."""
        return np.bincount(self.codes[rows], minlength=len(self.lows) + 1)


def kind_of(values: pd.Series) -> str:
    """Return how a column is filtered: by categories, numbers, dates or text.

    Clusters are categories however many there are, as the text of a number tells no name.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return DATES
    if is_scale(values):
        return NUMBERS
    is_few = values.name == CLUSTER or values.nunique(dropna=True) <= MOST_CATEGORIES
    return CATEGORIES if is_few else TEXT


def facet_of(values: pd.Series) -> Facet:
    """Put a column into bins: at most 60 categories, or all clusters, or about 40 round ranges."""
    kind = kind_of(values)
    if kind == TEXT:
        return Facet(kind, (), (), np.zeros(len(values), np.uint16))
    return {CATEGORIES: _categories, NUMBERS: _numbers, DATES: _dates}[kind](values)


def _categories(values: pd.Series) -> Facet:
    codes, present = pd.factorize(values)
    order = sorted(range(len(present)), key=lambda place: sort_key(present[place]))
    rank = np.empty(len(present) + 1, np.uint16)
    rank[order] = np.arange(len(present))
    rank[-1] = len(present)  # pandas codes a missing value −1
    names = tuple(category_text(present[place]) for place in order)
    return Facet(CATEGORIES, names, names, rank[codes])


def _numbers(values: pd.Series) -> Facet:
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    has_value = np.isfinite(numbers)
    if not has_value.any():
        return _nothing(NUMBERS, len(values))
    present = numbers[has_value]
    low, high = float(present.min()), float(present.max())
    is_whole = pd.api.types.is_integer_dtype(values)
    step = _round_step(high - low, is_whole)
    first = math.floor(low / step)
    # The largest whole number begins a bin of its own; the largest of others ends one.
    last = max(math.floor(high / step) + 1 if is_whole else math.ceil(high / step), first + 1)
    edges = np.round(np.arange(first, last + 1) * step, _digits(step))
    codes = _bins(edges, numbers, has_value)
    highs = edges[1:] - 1 if is_whole else _highs(edges, present, codes[has_value], _digits(step))
    return Facet(NUMBERS, edges[:-1].tolist(), highs.tolist(), codes)


def _highs(edges: np.ndarray, present: np.ndarray, codes: np.ndarray, digits: int) -> np.ndarray:
    """Return where bins end as closed ranges: a value on an edge is in the next one alone.

    That is a little above the largest value in a bin, and the edge itself for the last.
    """
    highs = edges[:-1].copy()
    np.maximum.at(highs, codes, present)
    tens = 10.0 ** (digits + _FURTHER_DIGITS)
    above = np.round(np.ceil(highs * tens) / tens, digits + _FURTHER_DIGITS)
    highs = np.where((above >= highs) & (above < edges[1:]), above, highs)
    highs[-1] = edges[-1]
    return highs


def _dates(values: pd.Series) -> Facet:
    numbers = days(values)
    has_value = numbers != NO_DAY
    if not has_value.any():
        return _nothing(DATES, len(values))
    present = numbers[has_value]
    low, high = int(present.min()), int(present.max())
    step = next((step for step in _DAYS if (high - low) / step <= MOST_BINS), _DAYS[-1])
    edges = np.arange(low, high + step + 1, step)
    as_text = edges.astype("datetime64[D]").astype(str)
    ends = (edges[1:] - 1).astype("datetime64[D]").astype(str)
    codes = _bins(edges, numbers, has_value)
    return Facet(DATES, as_text[:-1].tolist(), ends.tolist(), codes)


def _nothing(kind: str, count: int) -> Facet:
    return Facet(kind, (), (), np.zeros(count, np.uint16))


def _bins(edges: np.ndarray, numbers: np.ndarray, has_value: np.ndarray) -> np.ndarray:
    codes = np.clip(np.searchsorted(edges, numbers, "right") - 1, 0, len(edges) - 2)
    return np.where(has_value, codes, len(edges) - 1).astype(np.uint16)


def _round_step(span: float, is_whole: bool) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts `span` into at most `MOST_BINS`."""
    least = span / MOST_BINS
    if not least > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9))
    return max(1.0, step) if is_whole else step


def _digits(step: float) -> int:
    return max(0, -math.floor(math.log10(step)))
