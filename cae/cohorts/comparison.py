"""Two groups of images, column by column: how much they differ, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cae.cohorts.category_effect import category_effect, counts_of
from cae.cohorts.confounding import Confounding, confounding_of
from cae.cohorts.effect import Effect
from cae.cohorts.groups import REST, Asked, Group, groups_of
from cae.cohorts.material import Material, StudyLike, material_of
from cae.cohorts.number_effect import number_effect
from cae.cohorts.remark import Remark, texts_of
from cae.cohorts.significance import RULE, Significance, category_test, number_test, q_values
from cae.cohorts.stability import Stability, stability_of
from cae.cohorts.units import PATIENT, Units, units_of
from cae.cohorts.variables import CATEGORY, Variable, variables_of
from cae.columns.category import sort_key
from cae.columns.filters import category_title
from cae.json_value import json_value

_FEWEST = 2
_HEADS = [
    "column",
    "measure",
    "effect",
    "low",
    "high",
    "test",
    "p",
    "q",
    "known_first",
    "known_second",
    "missing_first",
    "missing_second",
    "made_from_images",
    "remark",
]


@dataclass(frozen=True)
class ColumnDifference:
    """How two groups differ in one column.

    Attributes:
        variable: the column.
        known: units with a value, of each group.
        missing: units without a value, of each group.
        effect: how much they differ, None where that cannot be said.
        significance: of the test that was made, None where there is none.
        q: p adjusted for all columns that are tested and not made from the images, else None.
        reason: why there is no effect or no test, as a sentence; else empty.
    """

    variable: Variable
    known: tuple[int, int]
    missing: tuple[int, int]
    effect: Effect | None = None
    significance: Significance | None = None
    q: float | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two groups have and have not in common.

    Attributes:
        groups: the two.
        unit: patient or image.
        counts: units in each group.
        remarks: what has to be known before any figure is read, as sentences.
        confounding: how well columns, and images, tell which group a unit is in.
        stability: by the name of each group that was formed by what images show, how often its
            images come together in other clusterings; empty without a study.
        columns: how they differ, in the table's order.
        left_out: columns that are not compared, and why.
    """

    groups: tuple[Group, Group]
    unit: str
    counts: tuple[int, int]
    remarks: tuple[Remark, ...]
    confounding: Confounding
    stability: dict[str, Stability]
    columns: tuple[ColumnDifference, ...]
    left_out: dict[str, str]

    @property
    def rule(self) -> str:
        """How effects and tests were chosen, fixed before any value was seen."""
        return RULE

    def table(self) -> pd.DataFrame:
        """Return one row per column: effect and interval first, then test, p and q."""
        rows = [_row(column) for column in self.columns]
        return pd.DataFrame(rows, columns=_HEADS).set_index("column")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it; what is not finite is None."""
        groups = [
            {
                "name": group.name,
                "kind": group.kind,
                "images": len(group),
                "units": count,
                "exploratory": group.reason or None,
                "steps": [list(step) for step in group.steps],
            }
            for group, count in zip(self.groups, self.counts, strict=True)
        ]
        rows = self.table().reset_index().to_dict(orient="records")
        return {
            "groups": groups,
            "unit": self.unit,
            "remarks": texts_of(self.remarks),
            "rule": self.rule,
            "confounding": {
                "sentence": self.confounding.sentence,
                "predictions": [asdict(one) for one in self.confounding.predictions],
            },
            "stability": {
                name: {**asdict(found), "sentence": found.sentence}
                for name, found in self.stability.items()
            },
            "columns": json_value(rows),
            "left_out": self.left_out,
        }


def compare(
    source: Material | StudyLike | pd.DataFrame,
    first: Asked,
    second: Asked = REST,
    unit: str | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare two groups of images in every column.

    Patients are counted where they are known. Effects come with 95 % intervals; tests are chosen
    by a rule (`Comparison.rule`), and q values are Benjamini & Hochberg's (1995).

    Args:
        source: a study, or a table with one row per image.
        first: a text such as ``cohort:NAME``, ``cluster:2``, ``label:ill`` or ``query:age > 60``;
            or a selection, or an array of rows.
        second: the same; ``rest`` is all that is not in `first`.
        unit: patient or image; None for patients where any is known.
        seed: of bootstraps, permutations and folds.

    Raises:
        CaeError: a group is unknown or empty, both share images, or `unit` cannot be had.

    Example:
        >>> import pandas as pd
        >>> from cae.cohorts import compare
        >>> table = pd.DataFrame(
        ...     {
        ...         "patient": list("aabbccddee"),
        ...         "label": ["ill"] * 4 + ["well"] * 6,
        ...         "age": [71, 71, 64, 64, 45, 45, 52, 52, 48, 48.5],
        ...     }
        ... )
        >>> found = compare(table, "label:ill", "rest")
        >>> found.unit, found.counts
        ('patient', (2, 3))
        >>> age = found.table().loc["age"]
        >>> age["measure"], float(age["effect"]), age["test"]
        ('difference of medians', 19.25, 'Mann–Whitney')
    """
    material = material_of(source)
    one, other = groups_of(material, (first, second))
    units = units_of(material, (one, other), unit)
    variables, left_out = variables_of(material, (one, other), units.kind)
    values = {variable: units.values(material.table, variable) for variable in variables}
    columns = [
        _difference(variable, value, units, seed, material.cluster_names)
        for variable, value in values.items()
    ]
    latents = material.latents
    independent = {
        variable: value
        for variable, value in values.items()
        if not variable.is_derived and not variable.defines and not _is_constant(value)
    }
    confounding = confounding_of(
        independent,
        None if latents is None else units.means(latents),
        units.group,
        units.drawn_with,
        seed,
    )
    first_count, second_count = units.counts
    return Comparison(
        (one, other),
        units.kind,
        (first_count, second_count),
        (*units.remarks(), *one.remarks, *other.remarks),
        confounding,
        _stabilities(material, (one, other)),
        tuple(_with_q(columns)),
        left_out,
    )


def _difference(
    variable: Variable, values: np.ndarray, units: Units, seed: int, names: Mapping[int, str]
) -> ColumnDifference:
    one, other = (values[units.group == number] for number in (0, 1))
    has_one, has_other = ~pd.isna(one), ~pd.isna(other)
    known = (int(has_one.sum()), int(has_other.sum()))
    missing = (len(one) - known[0], len(other) - known[1])
    found = ColumnDifference(variable, known, missing)
    if variable.defines:
        return replace(found, reason=variable.untested)
    one, other = one[has_one], other[has_other]
    reason = _why_not(one, other, units.kind)
    if reason:
        return replace(found, reason=reason)
    if variable.kind == CATEGORY:
        present = sorted(set(one) | set(other), key=sort_key)
        counts = counts_of((one, other), present)
        called = [category_title(variable.column, value, names) for value in present]
        effect, significance = category_effect(counts, called), category_test(counts, seed)
    else:
        one, other = one.astype(np.float64), other.astype(np.float64)
        effect, significance = number_effect(one, other, seed), number_test((one, other), seed)
    if not np.isfinite([effect.value, effect.low, effect.high, significance.p]).all():
        return replace(found, reason="Neither group varies, so that no interval can be given.")
    if variable.untested:
        return replace(found, effect=effect, reason=variable.untested)
    return replace(found, effect=effect, significance=significance)


def _why_not(one: np.ndarray, other: np.ndarray, unit: str) -> str:
    """Return why nothing can be said of two samples without missing values."""
    plural = "patients" if unit == PATIENT else "images"
    for sample, name in ((one, "first"), (other, "second")):
        if len(sample) == 0:
            return f"No value is known of the {name} group."
        if len(sample) < _FEWEST:
            return f"The {name} group has one value; at least {_FEWEST} {plural} are needed."
    if len(set(one) | set(other)) == 1:
        return "Every value is the same."
    return ""


def _is_constant(values: np.ndarray) -> bool:
    """Whether a column tells nothing, not even by what is missing."""
    present = values[~pd.isna(values)]
    return len(present) == 0 or (len(present) == len(values) and len(set(present)) == 1)


def _with_q(columns: Sequence[ColumnDifference]) -> list[ColumnDifference]:
    q = q_values({column.variable: column.significance for column in columns})
    return [replace(column, q=q.get(column.variable)) for column in columns]


def _stabilities(material: Material, groups: Sequence[Group]) -> dict[str, Stability]:
    if material.study is None:
        return {}
    study = material.study
    return {
        group.name: stability_of(study, group.rows)
        for group in groups
        if group.is_exploratory and group.kind != REST
    }


def _row(column: ColumnDifference) -> dict[str, Any]:
    effect, significance = column.effect, column.significance
    remark = column.reason or (effect.remark if effect else "")
    return {
        "column": column.variable.column,
        "measure": effect.measure if effect else "",
        "effect": effect.value if effect else np.nan,
        "low": effect.low if effect else np.nan,
        "high": effect.high if effect else np.nan,
        "test": significance.test if significance else "",
        "p": significance.p if significance else np.nan,
        "q": np.nan if column.q is None else column.q,
        "known_first": column.known[0],
        "known_second": column.known[1],
        "missing_first": column.missing[0],
        "missing_second": column.missing[1],
        "made_from_images": column.variable.is_derived,
        "remark": remark,
    }
