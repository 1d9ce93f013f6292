"""Columns that hazard ratios are adjusted for, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cae.cohorts.groups import Group
from cae.cohorts.material import Material
from cae.cohorts.units import Units
from cae.cohorts.variables import CATEGORY, Variable, variables_of
from cae.columns.category import sort_key
from cae.errors import CaeError


@dataclass(frozen=True, eq=False)
class Covariates:
    """What is adjusted for.

    Attributes:
        titles: of the columns, as the screen says them.
        numbers: float64 (U, K): numbers and dates in standard deviations from their mean, a column
            of 0 and 1 for each category but the first; NaN where a unit has no value.
    """

    titles: tuple[str, ...]
    numbers: np.ndarray


def adjustable(material: Material, groups: Sequence[Group], unit: str) -> tuple[Variable, ...]:
    """Return the columns that ratios can be adjusted for, in the table's order.

    Args:
        material: the table.
        groups: that are compared; what says who belongs to them cannot be adjusted for, nor what
            was made from the images.
        unit: patient or image: who is counted.
    """
    variables, _ = variables_of(material, groups, unit)
    return tuple(one for one in variables if not (one.defines or one.is_derived))


def covariates_of(
    material: Material, groups: Sequence[Group], units: Units, columns: Sequence[str]
) -> Covariates:
    """Return columns by unit.

    Args:
        material: the table.
        groups: that are compared.
        units: who is counted.
        columns: their names, at least one.

    Raises:
        CaeError: one cannot be adjusted for.
    """
    offered = {one.column: one for one in adjustable(material, groups, units.kind)}
    for name in columns:
        if name not in offered:
            known = ", ".join(offered) or "none"
            raise CaeError(f"Ratios cannot be adjusted for {name!r}; choose of: {known}.")
    chosen = [offered[name] for name in dict.fromkeys(columns)]
    parts = [_as_numbers(units.values(material.table, one), one.kind) for one in chosen]
    return Covariates(tuple(one.title for one in chosen), np.hstack(parts))


def _as_numbers(values: np.ndarray, kind: str) -> np.ndarray:
    """Return a column as (U, K) numbers."""
    if kind != CATEGORY:
        numbers = values.astype(np.float64)
        known = numbers[~np.isnan(numbers)]
        spread = known.std() if len(known) else 0.0
        return ((numbers - (known.mean() if len(known) else 0.0)) / (spread or 1.0))[:, None]
    present = sorted({value for value in values if value is not None}, key=sort_key)
    dummies: np.ndarray = (values[:, None] == np.array(present[1:], dtype=object)).astype(float)
    dummies[[value is None for value in values]] = np.nan
    return dummies
