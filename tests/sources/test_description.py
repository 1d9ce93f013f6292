import pandas as pd
import pytest

from cae.errors import CaeError
from cae.sources.description import describe_by_folders, describe_by_table

FILES = ["p1/0.png", "p1/1.png", "p2/0.png"]


@pytest.fixture
def described(tmp_path):
    def write_and_describe(text, files=FILES):
        path = tmp_path / "table.csv"
        path.write_text(text, "utf-8")
        return describe_by_table(files, path)

    return write_and_describe


def test_rows_follow_the_files_not_the_table(described):
    found = described("image,age\np2/0.png,30\np1/0.png,10\np1/1.png,20\n")
    assert found.table["age"].tolist() == [10, 20, 30]
    assert found.table.columns.tolist() == ["split", "label", "patient", "age"]
    assert found.problems == []


def test_split_label_and_patient_are_recognised(described):
    found = described(
        "image,Subject_ID,Diagnosis,Set\np1/0.png,7,2,TRAIN\np1/1.png,7,,Valid\np2/0.png,8,x,test\n"
    )
    assert found.table["split"].tolist() == ["train", "val", "test"]
    assert found.table["patient"].tolist() == ["7", "7", "8"]
    assert found.table["label"].isna().tolist() == [False, True, False]
    assert found.table["label"][0] == "2"
    assert found.table.columns.tolist() == ["split", "label", "patient"]


def test_an_unknown_split_is_reported(described):
    found = described("image,split\np1/0.png,train\np1/1.png,test\np2/0.png,spare\n")
    assert found.table["split"].isna().tolist() == [False, False, True]
    assert found.problems == [
        ("p2/0.png", "its split 'spare' is none of train, val and test; one was drawn")
    ]


def test_every_row_and_file_left_over_is_reported(described):
    found = described("image,x\np1/0.png,1\n0.png,2\np1/0,3\np9/0.png,4\n,5\np1/1.png,6,7\n")
    reasons = dict(found.problems)
    assert "may be any of 2 images" in reasons["table.csv, row 3"]
    assert "is not in the folder" in reasons["table.csv, row 5"]
    assert "names no image" in reasons["table.csv, row 6"]
    assert "3 cells for 2 columns" in reasons["table.csv, row 7"]
    assert reasons["p1/1.png"] == reasons["p2/0.png"] == "table.csv has no row for it"
    assert len(found.problems) == 6
    assert found.table["x"].isna().tolist() == [False, True, True]
    assert found.table["x"][0] == 2


def test_columns_that_would_clash_are_renamed(described):
    found = described("image,id,File,label,Label\n" + "".join(f"{f},9,a,b,c\n" for f in FILES))
    assert found.table.columns.tolist() == [
        "split",
        "label",
        "patient",
        "id (table)",
        "File (table)",
        "Label (table)",
    ]
    assert found.table["label"].tolist() == ["b"] * 3
    assert set(found.identifying) == {"id (table)", "File (table)"}


def test_dates_and_telling_names_are_identifying(described):
    rows = "".join(f"{file},2020-01-01,Ann,3\n" for file in FILES)
    found = described(f"image,visit,First Name,BCVA\n{rows}")
    assert found.identifying == ("visit", "First Name")


def test_a_table_that_names_no_image_gets_a_sentence(described):
    with pytest.raises(CaeError, match=r"No column of .* names the images, such as 'p1/0.png'"):
        described("image,x\na.png,7\n")


def test_a_table_with_the_columns_of_olives(described):
    files = [f"{p}/W{w}/OD/{n}.png" for p in ("01-001", "01-002") for w in (0, 4) for n in (0, 1)]
    rows = "".join(
        f"/Prime_FULL/{file},{file.split('/')[3][0]},{i % 2},0,1,{60 + i},{300 + i}.5,{i // 4}\n"
        for i, file in enumerate(files)
    )
    header = (
        "Path (Trial/Arm/Folder/Visit/Eye/Image Name),Scan (n/49),Fluid (IRF),DRT/ME,Eye_ID,"
        "BCVA,CST,Patient_ID\n"
    )
    found = described(header + rows, files)
    assert found.problems == []
    assert found.table["patient"].tolist() == ["0"] * 4 + ["1"] * 4
    assert found.table["BCVA"].tolist() == list(range(60, 68))
    assert found.table["CST"].dtype == float
    assert found.table["Fluid (IRF)"].tolist() == [0, 1] * 4
    assert found.identifying == ("Eye_ID",)


@pytest.mark.parametrize(
    ("files", "splits", "labels"),
    [
        (["a.png", "b.png"], [None, None], [None, None]),
        (["cat/a.png", "dog/b.png"], [None, None], ["cat", "dog"]),
        (["train/cat/a.png", "Test/dog/b.png"], ["train", "test"], ["cat", "dog"]),
        (["cat/train/a.png", "dog/valid/b.png"], ["train", "val"], ["cat", "dog"]),
        (["images/train/a.png", "images/val/b.png"], ["train", "val"], [None, None]),
        (["all/cat/a.png", "all/dog/b.png", "c.png"], [None] * 3, ["cat", "dog", None]),
    ],
)
def test_folders_give_splits_and_labels(files, splits, labels):
    table = describe_by_folders(files).table
    for column, expected in (("split", splits), ("label", labels)):
        assert [None if pd.isna(text) else text for text in table[column]] == expected
    assert table["patient"].isna().all()
