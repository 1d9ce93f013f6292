"""Which columns of a study give label, patient and split, and others in their place."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from cae.errors import CaeError
from cae.sources.choices import NONE, Choices
from cae.sources.roles import KnownTable, with_roles
from cae.study.brought import is_fitted
from cae.study.label_corrections import change_corrected_column, require_readable
from cae.study.steps import trains_alike
from cae.study.study import Study

_TRAININGS = ("train", "decoder", "local")


def change_roles(study: Study, choices: Choices) -> list[str]:
    """Take label, patient and split from other columns of a study, without its source.

    All takes effect at once. Images, cohorts, names of clusters and whatever was computed stay;
    what was made from former splits or labels is outdated, see `Study.outdated`: a model whose
    training would be another now, latents from elsewhere that were fitted to former training
    images, and the figures. See `with_roles` for what becomes of columns.

    Args:
        study: where there is no change, nothing is written.
        choices: columns by the names that the study or its source has for them, or ``none``;
            what is None stays.

    Returns:
        Sentences on what changed; none where nothing did.

    Raises:
        CaeError: there is no such column, it cannot have the role, images of one patient would be
            in several splits, or another process works on the study.
    """
    if choices.image is not None or choices.encoding is not None:
        raise CaeError(
            "What names the images and how the table is written is chosen when images are "
            "imported; import them into another study."
        )
    with study.working():
        known = known_table(study)
        now, notes = with_roles(known, choices)
        if now is known:
            return []
        former, origin = _label_origin(known), _label_origin(now)
        require_readable(study.path, origin)
        facts: dict[str, Any] = {
            "identifying": list(now.identifying),
            "origins": {name: asdict(origin) for name, origin in now.origins.items()},
            "choices": _by_source(study, now, choices),
        }
        note = {"choices": choices.given(), "notes": notes}
        study.revise(now.table, note, facts, _unaffected(study, now.table))
        if former != origin and (count := change_corrected_column(study.path, former, origin)):
            notes = [
                *notes,
                f"What was corrected of the former labels (acts: {count:,}) is set aside, and "
                "comes back with these labels.",
            ]
    return notes


def _label_origin(known: KnownTable) -> str:
    """Return where labels are from, as a text; empty where there are none."""
    return "" if known.table["label"].isna().all() else str(known.origin("label"))


def known_table(study: Study) -> KnownTable:
    """Return a study's table and what is known of its columns."""
    return KnownTable(study.samples, study.origins, study.identifying)


def _by_source(study: Study, now: KnownTable, choices: Choices) -> dict[str, str]:
    """Return all choices by the names that the study's source has for columns.

    So more images of that source are read as these now are. A column that the source has not is
    left to be found out.
    """
    given = choices.given()
    found = {role: choice for role, choice in study.choices.items() if role not in given}
    for role, choice in given.items():
        origin = now.origins.get(role)
        if choice == NONE:
            found[role] = NONE
        elif origin is not None and len(origin.columns) == 1:
            found[role] = origin.columns[0]
    return found


def _unaffected(study: Study, samples: pd.DataFrame) -> list[str]:
    """Return the steps that would make the same of other samples."""
    alike = [step for step in _TRAININGS if trains_alike(study, step, samples)]
    is_divided_alike = samples["split"].equals(study.samples["split"])
    if is_divided_alike or not is_fitted(study):
        alike.append("encode")
    if is_divided_alike or study.trained_elsewhere("sharpen"):
        alike.append("sharpen")
    return ["areas", *alike]
