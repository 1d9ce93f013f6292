import numpy as np
import pandas as pd
import pytest

from cae.sources.kept_in_one_split import kept_in_one_split, kept_with, numbered


def table(**columns: object) -> pd.DataFrame:
    count = max(len(values) for values in columns.values())
    base = {
        "id": [f"{row:03d}" for row in range(count)],
        "split": ["train", "test"] * (count // 2),
        "label": [None] * count,
        "patient": pd.Series([None] * count, dtype="str"),
    }
    return pd.DataFrame({**base, **columns})


SETS = {
    "patients": table(patient=["a", "a", "b", "b", "c", "c"]),
    "lesions": table(lesion_id=["L1", "L1", "L2", "L2", "L3", "L3"]),
    "names": table(file=[f"{n}_x{i}.png" for n in (8863, 9001, 9002) for i in (1, 2)]),
    "volumes": table(file=[f"{n}/T1.nii" for n in (1, 1, 2, 2, 3, 3)]),
    "files": table(file=["a.tif", "a.tif", "b.tif", "b.tif", "c.tif", "c.tif"]),
}


@pytest.mark.parametrize("name", SETS)
def test_what_is_of_one_is_together(name):
    found = numbered(kept_in_one_split(SETS[name])[0])
    assert found.tolist() == [0, 0, 1, 1, 2, 2]


def test_an_image_that_belongs_with_none_is_alone():
    groups, said = kept_in_one_split(table(file=["a.png", "b.png", "c.png", "d.png"]))
    assert groups.nunique() == 4
    assert said == []


@pytest.mark.parametrize("name", ["patients", "lesions", "names", "volumes"])
def test_images_to_be_added_belong_with_those_that_are_there(name):
    whole = SETS[name].assign(split=["val", "val", "test", "test", "train", "train"])
    there, new = whole.iloc[[0, 2]], whole.iloc[[1, 3, 4, 5]]
    found = kept_with(there.reset_index(drop=True), new.reset_index(drop=True))
    assert found.fillna("").tolist() == ["val", "test", "", ""]


def test_files_of_one_name_of_two_sources_are_two():
    there = table(file=["1.png", "2.png"])
    assert kept_with(there, there.assign(id=["n1", "n2"])).isna().all()
    assert np.array_equal(kept_with(there, there.iloc[:0]), [])
