"""What one person may do."""

from pathlib import Path

import pytest

from cae.access.rights import ALONE, NOBODY, NoRightError, Rights
from cae.access.roles import Role, role_for_command

LOOK, EDIT, ADMIN = Role


def test_each_role_may_do_what_those_before_it_may() -> None:
    for held in Role:
        rights = Rights(studies={"scans": held})
        assert [rights.may(role, "scans") for role in Role] == [role <= held for role in Role]


def test_a_role_on_one_study_counts_there_more_than_that_on_all() -> None:
    rights = Rights(EDIT, {"scans": LOOK, "own": ADMIN})
    assert (rights.on("scans"), rights.on("own"), rights.on("other")) == (LOOK, ADMIN, EDIT)
    assert rights.highest is ADMIN
    assert not rights.may_bring


def test_a_study_that_one_may_not_see_is_spoken_of_as_one_that_is_not_there() -> None:
    hidden, missing = Rights(studies={"mine": ADMIN}), "There is no study named 'other'"
    with pytest.raises(NoRightError, match=missing):
        hidden.demand(LOOK, "other")
    with pytest.raises(NoRightError, match=missing):
        hidden.demand(ADMIN, "other")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(NoRightError, match="needs the role “edit” on the study “scans”"):
        Rights(LOOK).demand(EDIT, "scans")
    assert Rights(EDIT).hindrance(EDIT, "scans") == ""


def test_who_is_alone_may_do_all_and_nobody_nothing(tmp_path: Path) -> None:
    ALONE.demand(ADMIN, "any")
    ALONE.demand_path(tmp_path)
    assert ALONE.may_bring
    assert ALONE.may_name_folders
    assert not NOBODY.is_known
    for role in Role:
        assert not NOBODY.may(role, "any")
    with pytest.raises(NoRightError):
        NOBODY.demand_path(tmp_path)


def test_folders_are_for_administrators_of_all_studies_and_below_roots(tmp_path: Path) -> None:
    root, outside = tmp_path / "in", tmp_path / "in-not"
    for folder in (root / "scans", outside):
        folder.mkdir(parents=True)
    (root / "way out").symlink_to(outside)
    admin = Rights(ADMIN, roots=(root,))
    for inside in (root, root / "scans", root / "scans" / ".." / "scans"):
        admin.demand_path(inside)
    ways = (outside, root / ".." / "in-not", root / "way out", Path("/"), Path("/etc/passwd"))
    for path in ways:
        with pytest.raises(NoRightError, match="choose something below"):
            admin.demand_path(path)
    for rights in (Rights(ADMIN), Rights(EDIT, {"x": ADMIN}, (root,))):
        assert not rights.may_name_folders
        with pytest.raises(NoRightError, match="Only administrators"):
            rights.demand_path(root)


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (["import", "folder:a", "--out", "x"], ADMIN),
        (["append", "x", "folder:a"], ADMIN),
        (["build", "folder:a", "--out=x"], ADMIN),
        (["build", "x", "--method", "local"], EDIT),
        (["evaluate", "x"], EDIT),
        (["map", "x"], EDIT),
    ],
)
def test_jobs_that_bring_images_are_for_administrators(arguments: list[str], role: Role) -> None:
    assert role_for_command(arguments) is role
