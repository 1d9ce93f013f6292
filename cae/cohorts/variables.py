"""Which columns of a table can be compared, and as what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.cohorts.groups import Group
from cae.cohorts.material import Material
from cae.columns.category import category_text
from cae.columns.colours import MOST_CATEGORIES
from cae.columns.corrected_label import with_corrected
from cae.columns.days import days
from cae.columns.titles import CLUSTER, column_title

NUMBER, DATE, CATEGORY = "number", "date", "category"
_NOT_OF_IMAGES = {"id": "names images", "patient": "names patients", "split": "divides the images"}
_DEFINES = "It says who belongs to the groups, so that it must differ."
_RECORD = "tells of who corrected a label, not of an image"
_CIRCULAR = "It is not tested, as it and the groups were made from the same images."
_FEW_WHOLE_NUMBERS, _REPEATS = 10, 5
_FEW_VALUES = 5


@dataclass(frozen=True)
class Variable:
    """A column that is compared.

    Attributes:
        column: its name in the table.
        kind: number, date (counted in days since 1970-01-01) or category.
        is_derived: whether it was made from the images.
        defines: whether it says who belongs to a group, so that it must differ.
        untested: why a test of it would be void, as a sentence; else empty.
    """

    column: str
    kind: str
    is_derived: bool = False
    defines: bool = False
    untested: str = ""

    @property
    def title(self) -> str:
        """The column as the screen says it."""
        return column_title(self.column)


def variables_of(
    material: Material, groups: Sequence[Group], unit: str
) -> tuple[tuple[Variable, ...], dict[str, str]]:
    """Return what can be compared, in the table's order, and why each other column cannot.

    Args:
        material: the table.
        groups: that are compared.
        unit: patient or image: who is counted.
    """
    units = material.table[unit].nunique() if unit in material.table else len(material)
    named = frozenset().union(*(group.columns for group in groups))
    defining = with_corrected(named, material.table)
    are_exploratory = any(group.is_exploratory for group in groups)
    variables, left_out = [], {}
    for column in map(str, material.table.columns):
        values = material.table[column]
        reason = _NOT_OF_IMAGES.get(column) or (_RECORD if column in material.records else "")
        reason = reason or _unfit(values, column in material.identifying, units)
        if reason:
            left_out[column] = reason
            continue
        is_derived = column in material.derived
        untested = _DEFINES if column in defining else ""
        if is_derived and are_exploratory:
            untested = untested or _CIRCULAR
        variables.append(
            Variable(column, kind_of(values), is_derived, column in defining, untested)
        )
    return tuple(variables), left_out


def kind_of(values: pd.Series) -> str:
    """Return as what a column is compared.

    Numbers are categories where there are only two, or at most ten whole ones that occur five
    times each on average, as codes and grades do; true and false are categories, and so are
    clusters, whose numbers are names.
    """
    if values.name == CLUSTER:
        return CATEGORY
    if pd.api.types.is_datetime64_any_dtype(values):
        return DATE
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return CATEGORY
    present = values.dropna()
    distinct = present.nunique()
    if distinct <= 2:
        return CATEGORY
    are_few = distinct <= _FEW_WHOLE_NUMBERS and distinct * _REPEATS <= len(present)
    return CATEGORY if are_few and (present == present.round()).all() else NUMBER


def as_numbers(values: pd.Series) -> np.ndarray:
    """Return numbers, or dates in days, as float64 (N,); NaN where there is no finite value."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.where(values.isna(), np.nan, days(values).astype(np.float64))
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def as_categories(values: pd.Series) -> pd.Series:
    """Return categories as `category_text` writes them, None where missing."""
    return values.astype(object).map(category_text, na_action="ignore").where(values.notna(), None)


def _unfit(values: pd.Series, is_identifying: bool, units: int) -> str:
    """Return why a column can be no variable: it names things, or is free text."""
    is_measured = pd.api.types.is_float_dtype(values) or pd.api.types.is_datetime64_any_dtype(
        values
    )
    is_text = not pd.api.types.is_numeric_dtype(values) and not is_measured
    if not is_text and (is_measured or not is_identifying):
        return ""
    distinct = values.nunique()
    if is_text and distinct > MOST_CATEGORIES:
        return f"has {distinct:,} different texts"
    if distinct > max(_FEW_VALUES, units / 2):
        return "has nearly as many values as there are units"
    return ""
