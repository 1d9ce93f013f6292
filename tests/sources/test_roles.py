"""Roles of columns after import: what moves, what stays, what is refused."""

import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.imageset import Origin
from cae.sources.choices import Choices
from cae.sources.roles import KnownTable, role_columns, with_roles
from cae.sources.splitting import leaking_patients
from cae.sources.table import as_text

COUNT = 24


def known(splits: list[str] | None = None, drawn: bool = False, **columns: object) -> KnownTable:
    rows = np.arange(COUNT)
    table = pd.DataFrame(
        {
            "id": [f"{row:03d}" for row in rows],
            "split": splits or np.where(rows < 12, "train", "test"),
            "label": np.where(rows % 2, "ill", "well"),
            "patient": pd.Series([None] * COUNT, dtype="str"),
            "file": [f"{row}.png" for row in rows],
            "grade": rows % 3,
            "who": [f"P{row // 4}" for row in rows],
            "part": np.where(rows % 6 < 4, "Training set", "holdout"),
            "fold": rows % 4,
            "is_train": rows < 6,
            "score": rows / 7,
            "seen": pd.to_datetime("2020-01-01") + pd.to_timedelta(rows, unit="D"),
            **columns,
        }
    )
    origins = {
        "label": Origin(("dx",)),
        "split": Origin(how="drawn") if drawn else Origin(("Subset",)),
    }
    return KnownTable(table, origins, ("patient", "file", "seen"))


def test_the_former_label_gets_its_name_back_and_nothing_is_lost():
    before = known()
    now, notes = with_roles(before, Choices(label="grade"))
    assert now.table["label"].tolist() == [str(row % 3) for row in range(COUNT)]
    assert now.table["dx"].tolist() == before.table["label"].tolist()
    assert "grade" not in now.table
    assert now.origins["label"] == Origin(("grade",))
    assert notes == ["Labels are from 'grade' now; the former ones are in the column 'dx'."]
    again, _ = with_roles(now, Choices(label="dx"))
    assert again.table["label"].tolist() == before.table["label"].tolist()
    pd.testing.assert_series_equal(again.table["grade"], before.table["grade"])
    assert again.origins == before.origins


def test_rows_and_all_other_columns_stay():
    before = known()
    now, _ = with_roles(before, Choices(label="grade", patient="fold", split="none"))
    others = [name for name in before.table if name in now.table]
    untouched = [n for n in others if n not in ("label", "patient", "split")]
    pd.testing.assert_frame_equal(now.table[untouched], before.table[untouched])


@pytest.mark.parametrize(
    "choices", [Choices(label="dx"), Choices(label="DX", split="subset"), Choices(patient="none")]
)
def test_what_is_chosen_already_changes_nothing(choices: Choices):
    before = known()
    now, notes = with_roles(before, choices)
    assert now is before
    assert notes == []


def test_no_label_leaves_the_column():
    now, notes = with_roles(known(), Choices(label="none"))
    assert now.table["label"].isna().all()
    assert now.table["dx"].tolist() == known().table["label"].tolist()
    assert notes == ["Labels are unknown now; the former ones are in the column 'dx'."]


def test_a_label_without_a_name_of_its_own_is_called_former():
    before = known()
    before.origins["label"] = Origin(how="names of folders")
    now, _ = with_roles(before, Choices(label="grade"))
    assert now.table["label (former)"].tolist() == before.table["label"].tolist()
    assert now.origins["label (former)"] == Origin(how="names of folders")
    again, _ = with_roles(now, Choices(label="label (former)"))
    assert again.origins["label"] == Origin(how="names of folders")


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (Choices(label="score"), "holds numbers with decimals"),
        (Choices(label="seen"), "holds dates"),
        (Choices(label="code"), "holds another value for most images"),
        (Choices(label="report"), "holds another value for most images"),
        (Choices(label="empty"), "holds no values"),
        (Choices(label="missing"), "no column 'missing'"),
        (Choices(label="file"), "names images"),
        (Choices(label="subset"), "gives the splits"),
        (Choices(patient="label"), "'label' gives the labels; choose another column for these"),
        (Choices(patient="seen"), "holds dates"),
        (Choices(patient="score"), "holds numbers with decimals"),
        (Choices(patient="is_train"), "says yes or no"),
        (Choices(patient="site"), "same value everywhere"),
        (Choices(patient="empty"), "holds no values"),
        (Choices(split="who"), "no words for train, val and test, and no folds, but 'P0', 'P1'"),
        (Choices(split="score"), "no words for train"),
        (Choices(split="all_test"), "leaves no image to train on"),
    ],
)
def test_a_column_that_cannot_have_the_role_is_refused(choices: Choices, reason: str):
    before = known(
        code=[f"x{row}" for row in range(COUNT)],
        report=[
            f"A long report about patient number {row}, who feels well" for row in range(COUNT)
        ],
        empty=pd.Series([None] * COUNT, dtype="str"),
        site="Bern",
        all_test="test",
    )
    with pytest.raises(CaeError, match=reason):
        with_roles(before, choices)


def test_only_columns_that_can_have_a_role_are_offered():
    table = known().table
    assert role_columns(table, "label") == ["grade", "who", "part", "fold", "is_train"]
    assert role_columns(table, "patient") == ["grade", "who", "part", "fold"]
    # Numbers from 0 to 2 may be folds as well as grades.
    assert role_columns(table, "split") == ["grade", "part", "fold", "is_train"]


def test_words_folds_and_flags_become_splits():
    by_word, _ = with_roles(known(), Choices(split="part"))
    rows = np.arange(COUNT)
    assert by_word.table["split"].tolist() == np.where(rows % 6 < 4, "train", "test").tolist()
    # Its own words say more than the split.
    assert set(by_word.table["part"]) == {"Training set", "holdout"}
    assert by_word.table["Subset"].tolist() == known().table["split"].tolist()
    by_fold, _ = with_roles(known(), Choices(split="fold"))
    splits = by_fold.table["split"].to_numpy()
    assert set(splits[rows % 4 == 3]) == {"test"}
    assert set(splits[rows % 4 == 2]) == {"val"}
    assert set(splits[rows % 4 < 2]) == {"train"}
    assert str(by_fold.origins["split"]) == "'fold', the last fold being test"
    by_flag, _ = with_roles(known(), Choices(split="is_train"))
    assert by_flag.table["split"].tolist() == np.where(rows < 6, "train", "test").tolist()


def test_a_split_that_is_not_known_for_all_is_drawn_for_the_rest():
    part = ["train"] * 12 + ["test"] * 6 + ["elsewhere"] * 6
    now, notes = with_roles(known(part=part), Choices(split="part"))
    assert now.table["split"].tolist()[:18] == part[:18]
    assert notes[-1] == "A split was drawn for the images without one."
    assert str(now.origins["split"]) == "'part', else drawn"


def test_patients_torn_apart_by_given_splits_are_refused():
    splits = ["train", "train", "train", "test"] * 6
    with pytest.raises(CaeError, match="Images of 6 patients, such as 'P0', would be in several"):
        with_roles(known(splits), Choices(patient="who"))
    with pytest.raises(CaeError, match="would be in several splits"):
        with_roles(known(), Choices(patient="who", split="fold"))
    with pytest.raises(CaeError, match="would be in several splits"):
        with_roles(known(splits), Choices(patient="who", split="Subset"))


def test_a_study_that_was_torn_at_import_can_still_change_its_labels():
    before = known(["train", "train", "train", "test"] * 6, patient=known().table["who"])
    now, notes = with_roles(before, Choices(label="grade", split="Subset"))
    assert now.table["split"].equals(before.table["split"])
    assert len(notes) == 1


def test_a_drawn_split_is_drawn_anew_by_patient_and_announced():
    splits = ["train", "train", "train", "test"] * 6
    now, notes = with_roles(known(splits, drawn=True), Choices(patient="who"))
    assert leaking_patients(now.table["split"], now.table["patient"]) == {}
    assert set(now.table["split"]) == {"train", "val", "test"}
    assert now.table["split (former)"].tolist() == splits
    assert notes[0] == "Patients are from 'who' now."
    assert notes[1].startswith("Splits are drawn now; the former ones are in the column 'split (f")
    assert notes[2] == "A split was drawn."


def test_a_drawn_split_that_suits_the_patients_stays():
    before = known(drawn=True)
    now, notes = with_roles(before, Choices(patient="who"))
    pd.testing.assert_series_equal(now.table["split"], before.table["split"])
    assert notes == ["Patients are from 'who' now."]


def test_none_draws_a_split_by_patient():
    before, _ = with_roles(known(), Choices(patient="who"))
    now, _ = with_roles(before, Choices(split="none"))
    assert leaking_patients(now.table["split"], now.table["patient"]) == {}
    assert now.origins["split"] == Origin(how="drawn")
    assert now.table["Subset"].tolist() == before.table["split"].tolist()


def test_volumes_of_a_folder_that_is_a_persons_stay_in_one_split():
    folders = [str(row // 4) for row in range(COUNT)]
    before = known(file=[f"{one}/T{row % 2 + 1}.nii" for row, one in enumerate(folders)])
    now, _ = with_roles(before, Choices(split="none"))
    assert leaking_patients(now.table["split"], pd.Series(folders)) == {}
    assert set(now.table["split"]) > {"train"}


def test_patients_that_were_given_as_labels_are_swapped_in_one_go():
    before, _ = with_roles(known(), Choices(label="who"))
    with pytest.raises(CaeError, match="gives the labels; choose another column for these"):
        with_roles(before, Choices(patient="who"))
    now, _ = with_roles(before, Choices(patient="who", label="dx"))
    assert now.table["patient"].tolist() == known().table["who"].tolist()
    assert now.table["label"].tolist() == known().table["label"].tolist()


def test_what_may_identify_goes_with_its_values():
    now, _ = with_roles(known(), Choices(patient="who"))
    back, _ = with_roles(now, Choices(patient="none"))
    assert "who" in back.identifying
    assert "patient" in back.identifying
    coded = known(chart=[f"{1000 + row // 4}" for row in range(COUNT)])
    assert "chart" not in coded.identifying
    numbering, _ = with_roles(coded, Choices(patient="who"))
    assert "chart" in numbering.identifying


def test_values_become_the_text_that_a_table_would_have():
    assert as_text(pd.Series([1.0, np.nan, 2.0])).tolist()[::2] == ["1", "2"]
    assert as_text(pd.Series([True, False])).tolist() == ["true", "false"]
    assert as_text(pd.Series([123456789012345678])).tolist() == ["123456789012345678"]
    assert as_text(pd.Series([1.0, None])).isna().tolist() == [False, True]
