"""Who may have the files that images came from, and when a zip is made anew."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.access.rights import ALONE, Rights
from cae.access.roles import Role
from cae.cohorts.cohort import Cohort
from cae.cohorts.selection import Selection
from cae.export.cohort import CohortExport
from cae.sources import parse
from cae.study.steps import import_images
from cae.study.study import Study
from pages.components.cohorts import cohort_export


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "scans").mkdir()
    for number in range(3):
        pixels = np.full((28, 28), number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "scans" / f"{number}.png")
    return import_images(parse(f"folder:{tmp_path / 'scans'}"), tmp_path / "study")


def saved(study: Study) -> Cohort:
    rows = Selection.empty().combine(np.arange(3), "replace", {"kind": "ids"})
    return study.cohorts.save("all", rows)


@pytest.mark.parametrize(
    ("role", "roots", "reason"),
    [
        (Role.ADMIN, ("scans",), ""),
        (Role.ADMIN, (".",), ""),
        (Role.ADMIN, ("other",), "may not be read; choose something below"),
        (Role.ADMIN, (), "only administrators may read"),
        (Role.EDIT, ("scans",), "only administrators may read"),
        (Role.LOOK, ("scans",), "only administrators may read"),
    ],
)
def test_on_a_server_administrators_have_files_below_the_roots(
    study, tmp_path, monkeypatch, role, roots, reason
):
    rights = Rights(role, roots=tuple(tmp_path / root for root in roots))
    monkeypatch.setattr(cohort_export, "own_rights", lambda: rights)
    found = cohort_export._hindrance(study, saved(study))
    assert reason in found
    assert bool(found) == bool(reason)


def test_a_zip_is_made_anew_once_the_cohort_holds_other_images_or_came_about_otherwise(
    digits_study: Study,
):
    cohorts = digits_study.cohorts
    saved(digits_study)
    live = cohorts.save_live("those", 'cohort("all")')

    def key() -> tuple[object, ...]:
        return cohort_export._key(digits_study, CohortExport(cohorts.get(live.id)), False)

    keys = [key()]
    assert key() == keys[0]
    cohorts.delete(next(one for one in cohorts.list() if one.name == "all"))
    others = Selection.empty().combine(np.arange(9), "replace", {"kind": "ids"})
    cohorts.save("all", others)
    keys.append(key())
    cohorts.freeze(cohorts.get(live.id))
    keys.append(key())
    assert cohorts.get(live.id).rows.tolist() == list(range(9))
    # Its flow may name any other cohort.
    cohorts.save("further", others)
    keys.append(key())
    assert len(set(keys)) == 4


def test_alone_one_has_all_that_are_known(study, digits_study, monkeypatch):
    monkeypatch.setattr(cohort_export, "own_rights", lambda: ALONE)
    assert cohort_export._hindrance(study, saved(study)) == ""
    digits_study.manifest["source"] = "npz:/somewhere/digits.npz"
    assert "have no files of their own" in cohort_export._hindrance(
        digits_study, saved(digits_study)
    )
