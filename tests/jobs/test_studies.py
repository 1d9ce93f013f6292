import pytest
from filelock import FileLock

from cae.errors import CaeError
from cae.jobs import runs
from cae.jobs.studies import delete_study, rename_study
from cae.study.label_corrections import correct_labels
from cae.study.locks import WORK
from cae.study.study import Study


def test_a_study_under_another_name_is_the_same(digits_study):
    ids, digest = digits_study.samples["id"].tolist(), digits_study.digest("cluster")
    found = rename_study(digits_study.path, "figures of 2024")
    assert found == digits_study.path.parent / "figures of 2024"
    assert not digits_study.path.exists()
    renamed = Study.open(found)
    assert renamed.samples["id"].tolist() == ids
    assert renamed.digest("cluster") == digest
    with renamed.working():
        pass  # its lock came along and is free


@pytest.mark.parametrize("name", ["", "  ", "../digits", "a/b", ".hidden", "x" * 200])
def test_names_that_are_no_folder_are_refused(digits_study, name):
    with pytest.raises(CaeError, match="cannot be called"):
        rename_study(digits_study.path, name)
    assert digits_study.path.is_dir()


def test_a_name_that_is_taken_is_refused(digits_study):
    (digits_study.path.parent / "other").mkdir()
    with pytest.raises(CaeError, match="already"):
        rename_study(digits_study.path, "other")
    assert digits_study.path.is_dir()


def test_a_deleted_study_leaves_nothing(digits_study):
    home = digits_study.path.parent
    delete_study(digits_study.path)
    assert list(home.iterdir()) == []
    assert runs.status(digits_study.path) is None
    delete_study(digits_study.path)


def test_nothing_is_done_while_somebody_works_on_it(digits_study):
    # A lock of its own, as another process has it.
    with FileLock(digits_study.path / WORK):
        for do in (delete_study, lambda folder: rename_study(folder, "other")):
            with pytest.raises(CaeError, match="working on the study"):
                do(digits_study.path)
    assert Study.open(digits_study.path).is_done("cluster")


def test_who_still_shows_a_study_that_was_renamed_loses_nothing(digits_study: Study) -> None:
    shown = Study.open(digits_study.path)
    assert len(shown) == len(digits_study)
    renamed = rename_study(digits_study.path, "renamed")
    with pytest.raises(CaeError, match="not there any more"):
        correct_labels(shown, [1], "odd", "anna")
    with pytest.raises(CaeError, match="not there any more"), shown.working():
        pass
    assert not digits_study.path.exists()
    assert rename_study(renamed, digits_study.path.name) == digits_study.path
