"""Table 1 of a clinical paper: who is in each group, and how alike the groups are."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from cae.cohorts.attrition import Attrition, attrition
from cae.cohorts.category_effect import counts_of
from cae.cohorts.groups import Asked, Group, distinct_names, groups_of
from cae.cohorts.material import Material, StudyLike, material_of
from cae.cohorts.number_effect import mean_difference
from cae.cohorts.remark import Remark, texts_of
from cae.cohorts.replay import Event
from cae.cohorts.significance import (
    RULE,
    Significance,
    category_test,
    compares_means,
    number_test,
    q_values,
)
from cae.cohorts.suppression import SUPPRESSED, suppressed
from cae.cohorts.units import PATIENT, Units, units_of
from cae.cohorts.variables import CATEGORY, DATE, Variable, variables_of
from cae.columns.category import NO_VALUE, sort_key
from cae.columns.filters import category_title
from cae.errors import CaeError
from cae.number_text import number_text, percent_text, with_minus

FlowOf = Callable[[Sequence[Event]], Attrition]

_FEWEST = 2


@dataclass(frozen=True, eq=False)
class TableOne:
    """Table 1 as text.

    Attributes:
        table: columns variable, value (of a category, or what a figure is), one column per group,
            SMD (largest of any two groups), test, p and q; cells without content are empty.
        columns: of the source's table, which each row is about; empty for the number of units.
        remarks: what has to be known of it, as sentences.
        flows: how groups came about that were selected step by step, by their names; none that
            has a count which is hidden.
    """

    table: pd.DataFrame
    columns: tuple[str, ...]
    remarks: tuple[Remark, ...]
    flows: tuple[tuple[str, Attrition], ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks, and how each group came about, as sentences."""
        told = (f"{name}: {flow.statement} {flow.remark}".rstrip() for name, flow in self.flows)
        return (*texts_of(self.remarks), *told)


@dataclass(frozen=True)
class _Line:
    """A variable's part of the table: cells by line and group, and what was tested."""

    heads: list[tuple[str, str]]
    cells: list[list[str]]
    smd: float | None
    significance: Significance | None


def table_one(
    source: Material | StudyLike | pd.DataFrame,
    groups: Sequence[Asked],
    unit: str | None = None,
    suppress: int = 0,
    seed: int = 0,
    flow_of: FlowOf | None = None,
) -> TableOne:
    """Describe any number of groups in every column.

    Args:
        source: a study, or a table with one row per image.
        groups: as `cae.cohorts.compare` takes them; at least one.
        unit: patient or image; None for patients where any is known.
        suppress: counts from 1 to below this are hidden, with as many others as it takes that
            they cannot be computed; 0 hides nothing.
        seed: of permutations.
        flow_of: tells how a group came about, such as
            ``partial(cae.decoding.replay.attrition_on, study)``, which knows all maps and searches
            of a study. Without it steps on other maps than the study's own, and searches, are told
            as they were noted.

    Raises:
        CaeError: there is no group, one is unknown or empty, two share images, or `unit` cannot
            be had.

    Example:
        >>> import pandas as pd
        >>> from cae.cohorts import table_one
        >>> table = pd.DataFrame({"label": list("iiiwww"), "sex": list("ffmfmm")})
        >>> table_one(table, ["label:i", "label:w"]).table["i"].tolist()
        ['3', '3 (100.0 %)', '0 (0.0 %)', '2 (66.7 %)', '1 (33.3 %)']
    """
    if not groups:
        raise CaeError("A table needs a group; name at least one.")
    material = material_of(source)
    found = groups_of(material, groups)
    units = units_of(material, found, unit)
    variables, _ = variables_of(material, found, units.kind)
    lines = {
        variable: _line(
            variable,
            units.values(material.table, variable),
            units,
            suppress,
            seed,
            _value_titles(material, variable),
        )
        for variable in variables
    }
    remarks = [
        "Figures are mean (SD), median [quartiles] or number (share of those known).",
        "SMD is the largest standardised mean difference of any two groups (Austin 2009; of "
        "several categories, Yang & Dalton 2012).",
        RULE,
        "q is p adjusted for all columns tested that are not made from the images "
        "(Benjamini & Hochberg 1995).",
    ]
    if suppress:
        remarks.append(
            f"{SUPPRESSED} stands for counts from 1 to {suppress - 1} and for those by which one "
            "could compute them; shares and tests are left out there. Tables of other groups of "
            "the same images may tell by their difference what is hidden here."
        )
    table, columns = _assembled(lines, found, units, suppress)
    flow_of = flow_of or partial(_flow, material)
    flows = tuple((group.name, flow_of(group.history)) for group in found if group.history)
    told = tuple((name, flow) for name, flow in flows if flow.smallest >= suppress)
    remarks += [
        f"How {name} came about is not told, since a step of it is of fewer than {suppress}."
        for name, flow in flows
        if flow.smallest < suppress
    ]
    first = (*units.remarks(suppress), *(remark for group in found for remark in group.remarks))
    return TableOne(table, columns, (*first, *map(Remark, remarks)), told)


def standardised_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Return how far two distributions of categories are apart, in standard deviations, ≥ 0.

    This is the Mahalanobis distance of the shares of all categories but the first (Yang & Dalton
    2012); of two categories, |p₁ − p₂| / √((p₁q₁ + p₂q₂) / 2) (Austin 2009). Infinite where shares
    differ though nothing varies.

    Args:
        first: counts (K,), at least one above 0.
        second: the same of the other group.
    """
    one, other = (counts[1:] / counts.sum() for counts in (first, second))
    difference = one - other
    covariance = sum(np.diag(p) - np.outer(p, p) for p in (one, other)) / 2
    inverse = np.linalg.pinv(covariance)
    # What the inverse cannot reach differs without any variance.
    if not np.allclose(covariance @ inverse @ difference, difference):
        return math.inf
    return float(np.sqrt(max(0.0, difference @ inverse @ difference)))


def _flow(material: Material, history: Sequence[Event]) -> Attrition:
    return attrition(
        history,
        material.table,
        material.places,
        cohort_rows=lambda name, noted: material.cohort_as_noted(name, noted).rows,
        names=material.cluster_names,
    )


def _value_titles(material: Material, variable: Variable) -> Callable[[str], str]:
    """Return what a table calls the categories of a variable: clusters go by their names."""
    names = material.cluster_names
    is_number = pd.api.types.is_numeric_dtype(material.table[variable.column])

    def title(value: str) -> str:
        called = category_title(variable.column, value, names)
        return with_minus(called) if is_number and called == value else called

    return title


def _line(
    variable: Variable,
    values: np.ndarray,
    units: Units,
    suppress: int,
    seed: int,
    called: Callable[[str], str],
) -> _Line:
    samples = [values[units.group == number] for number in range(units.groups)]
    if variable.kind == CATEGORY:
        return _of_categories(variable, samples, suppress, seed, called)
    return _of_numbers(variable, [one.astype(np.float64) for one in samples], suppress, seed)


def _of_numbers(
    variable: Variable, samples: Sequence[np.ndarray], suppress: int, seed: int
) -> _Line:
    known = [one[~np.isnan(one)] for one in samples]
    missing = np.array([int(np.isnan(one).sum()) for one in samples])
    by_means = compares_means(known)
    hidden = np.array([0 < len(one) < suppress for one in known])
    cells = [
        SUPPRESSED if is_hidden else _summary(one, variable.kind, by_means)
        for one, is_hidden in zip(known, hidden, strict=True)
    ]
    what = "mean (SD)" if by_means else "median [quartiles]"
    heads, lines = [(variable.title, what)], [cells]
    are_hidden = hidden | ((missing > 0) & (missing < suppress))
    if missing.any():
        heads.append(("", NO_VALUE))
        lines.append(_count_cells(missing, are_hidden & (missing > 0)))
    smd, significance = None, None
    if len(known) > 1 and not hidden.any() and min(map(len, known)) >= _FEWEST:
        smd = _largest([abs(mean_difference(*pair)) for pair in combinations(known, 2)])
        is_tested = not variable.untested and np.ptp(np.concatenate(known)) > 0
        significance = number_test(known, seed) if is_tested else None
    return _Line(heads, lines, smd, significance)


def _of_categories(
    variable: Variable,
    samples: Sequence[np.ndarray],
    suppress: int,
    seed: int,
    called: Callable[[str], str],
) -> _Line:
    present = sorted({value for one in samples for value in one if value is not None}, key=sort_key)
    counts = counts_of(samples, present).reshape(len(samples), len(present))
    missing = np.array([len(one) for one in samples]) - counts.sum(axis=1)
    hidden = np.array([suppressed(row, suppress) for row in np.column_stack([counts, missing])])
    # Beside hidden counts shares would tell how many are known, and so how many are hidden.
    known = np.where(hidden.any(axis=1), 0, counts.sum(axis=1))
    heads: list[tuple[str, str]] = []
    lines = []
    for place, value in enumerate(present):
        heads.append(("" if heads else variable.title, called(value)))
        lines.append(_share_cells(counts[:, place], known, hidden[:, place]))
    if missing.any() or not present:
        heads.append(("" if heads else variable.title, NO_VALUE))
        lines.append(_count_cells(missing, hidden[:, -1]))
    smd, significance = None, None
    if len(samples) > 1 and not hidden.any() and counts.sum(axis=1).min() >= _FEWEST:
        pairs = combinations(counts, 2)
        smd = _largest([standardised_difference(*pair) for pair in pairs])
        is_tested = not variable.untested and len(present) > 1
        significance = category_test(counts, seed) if is_tested else None
    return _Line(heads, lines, smd, significance)


def _assembled(
    lines: dict[Variable, _Line], groups: Sequence[Group], units: Units, suppress: int
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    counts = np.array(units.counts)
    is_hidden = (counts > 0) & (counts < suppress)
    plural = "patients" if units.kind == PATIENT else "images"
    rows = [[f"Number of {plural}", "", *_count_cells(counts, is_hidden), "", "", "", ""]]
    columns = [""]
    q = q_values({variable: line.significance for variable, line in lines.items()})
    for variable, line in lines.items():
        found = line.significance
        figures = [
            "" if line.smd is None else f"{line.smd:.3f}",
            found.test if found else "",
            p_text(found.p) if found else "",
            p_text(q[variable]) if variable in q else "",
        ]
        for number, ((title, value), cells) in enumerate(zip(line.heads, line.cells, strict=True)):
            behind = figures if number == 0 else [""] * len(figures)
            rows.append([title, value, *cells, *behind])
            columns.append(variable.column)
    names = ["variable", "value", *distinct_names([group.name for group in groups])]
    return pd.DataFrame(rows, columns=[*names, "SMD", "test", "p", "q"]), tuple(columns)


def p_text(p: float) -> str:
    """Return p or q as papers print it."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _summary(values: np.ndarray, kind: str, by_means: bool) -> str:
    if len(values) == 0:
        return ""
    if by_means:
        spread = values.std(ddof=1)
        center = _figure(values.mean(), kind)
        return f"{center} ({number_text(spread)}{' days' if kind == DATE else ''})"
    low, middle, high = (_figure(one, kind) for one in np.quantile(values, (0.25, 0.5, 0.75)))
    return f"{middle} [{low}, {high}]"


def _figure(value: float, kind: str) -> str:
    if kind == DATE:
        return str(np.datetime64(round(value), "D"))
    return number_text(value)


def _count_cells(counts: np.ndarray, is_hidden: np.ndarray) -> list[str]:
    return [
        SUPPRESSED if hide else str(int(count))
        for count, hide in zip(counts, is_hidden, strict=True)
    ]


def _share_cells(counts: np.ndarray, known: np.ndarray, is_hidden: np.ndarray) -> list[str]:
    """Return counts and shares of what is known; without shares where `known` is 0."""
    shares = [
        f" ({percent_text(count / total, 1)})" if total else ""
        for count, total in zip(counts, known, strict=True)
    ]
    cells = _count_cells(counts, is_hidden)
    return [cell + share for cell, share in zip(cells, shares, strict=True)]


def _largest(values: Sequence[float]) -> float | None:
    largest = max(values)
    return largest if math.isfinite(largest) else None
