"""Which columns of their table two studies know."""

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd

from cae.cohorts.material import Material
from cae.cohorts.variables import CATEGORY, Variable, as_categories, as_numbers, variables_of
from cae.evaluation.pixel_classifier import pixel_vectors, principal_components
from cae.evaluation.two_studies.both import Both
from cae.evaluation.two_studies.knowledge import (
    READINGS,
    Descriptions,
    Examples,
    Knowledge,
    knowledge_of_classes,
    knowledge_of_numbers,
    with_q,
)
from cae.latent.spread import evenly_spread
from cae.progress import Progress, silent

_MOST_FITTED, _ROWS_AT_ONCE = 2_000, 4_096


def columns_in(both: Both) -> tuple[tuple[Variable, ...], dict[str, str]]:
    """Return the columns that may be known, and why each other one is not looked at.

    Ids, free text, what identifies, and whole numbers that are other ones of every image are not.
    """
    first, second = both.studies
    identifying = frozenset(first.identifying) | frozenset(second.identifying)
    material = Material(both.table, frozenset(), identifying)
    found, left_out = variables_of(material, (), both.unit)
    numbering = {one.column for one in found if _numbers_images(both.table[one.column])}
    left_out |= dict.fromkeys(numbering, "has another value for every image")
    return tuple(one for one in found if one.column not in numbering), left_out


def examples_of(both: Both) -> tuple[Examples, tuple[str, ...]]:
    """Return which images columns are learnt from and measured on, and what is to be said of it.

    They are learnt from the training images of the first study, and measured on its test images,
    or its validation images where it has none, but for those that the second study trained on.
    Training images of a patient who is tested are left out.
    """
    splits = [
        study.samples["split"].to_numpy()[rows]
        for study, rows in zip(both.studies, both.rows, strict=True)
    ]
    first, second = splits
    part = "test" if (first == "test").any() else "val"
    is_tested = (first == part) & (second != "train")
    is_train = first == "train"
    torn = is_train & np.isin(both.units, both.units[is_tested])
    remarks = []
    if part == "val":
        remarks.append("There are no test images; columns are measured on validation images.")
    seen = int(((first == part) & (second == "train")).sum())
    if seen:
        remarks.append(
            f"{seen:,} test images of {both.studies[0].path.name} are left out of columns, since "
            f"{both.studies[1].path.name} trained on them."
        )
    if torn.any():
        remarks.append(
            f"{torn.sum():,} training images are left out of columns, since their patients are "
            "tested."
        )
    examples = Examples(np.flatnonzero(is_train & ~torn), np.flatnonzero(is_tested), both.units)
    return examples, tuple(remarks)


def knowledge_of(
    both: Both, variables: tuple[Variable, ...], examples: Examples, progress: Progress = silent
) -> tuple[tuple[Knowledge, ...], dict[str, str]]:
    """Return what both studies know of columns, and why it cannot be told of the others.

    Args:
        both: the studies.
        variables: the columns.
        examples: whom to learn from and to measure on.
        progress: told of every one of `READINGS` of each column.
    """
    if not variables:
        return (), {}
    total = READINGS * len(variables)
    described = Descriptions(*both.latents, _pixels(both, examples.train))
    columns: list[Knowledge] = []
    left_out = {}
    for place, variable in enumerate(variables):
        on_probe = _counting(progress, READINGS * place, total, variable.title)
        found = _known(both, described, variable, examples, on_probe)
        if isinstance(found, str):
            left_out[variable.column] = found
        else:
            columns.append(found)
    return with_q(columns), left_out


def _known(
    both: Both,
    described: Descriptions,
    variable: Variable,
    examples: Examples,
    on_probe: Callable[[], None],
) -> Knowledge | str:
    name, seed, values = variable.column, both.studies[0].seed, both.table[variable.column]
    if variable.kind == CATEGORY:
        texts = as_categories(values).to_numpy()
        return knowledge_of_classes(name, texts, described, examples, seed, on_probe)
    return knowledge_of_numbers(name, as_numbers(values), described, examples, seed, on_probe)


def _pixels(both: Both, train: np.ndarray) -> np.ndarray:
    """Return principal components of the pixels, (S, 50 or fewer), learnt from training images."""
    images, rows = both.studies[0].images, both.shared.first
    learnt = train if len(train) else np.arange(len(rows))
    learnt = learnt[evenly_spread(len(learnt), _MOST_FITTED)]
    components = principal_components(pixel_vectors(images[rows[learnt]]), both.studies[0].seed)
    starts = range(0, len(rows), _ROWS_AT_ONCE)
    parts = (pixel_vectors(images[rows[start : start + _ROWS_AT_ONCE]]) for start in starts)
    found: np.ndarray = np.concatenate([components.transform(part) for part in parts])
    return found


def _counting(progress: Progress, before: int, total: int, title: str) -> Callable[[], None]:
    """Return what tells `progress` of one more each time, behind as many as were `before`."""
    done = itertools.count(before + 1)
    return lambda: progress(next(done), total, title)


def _numbers_images(values: pd.Series) -> bool:
    """Whether a column counts images, or names them where there are few."""
    is_measured = pd.api.types.is_float_dtype(values) or pd.api.types.is_datetime64_any_dtype(
        values
    )
    return not is_measured and bool(values.is_unique)
