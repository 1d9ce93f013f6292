"""Folders as clinics and public sets have them, from the files to the image set."""

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.sources import parse, with_choices
from cae.sources.choices import Choices
from cae.sources.folder import FolderSource
from cae.study.study import Study

SIX = [f"img_{n}.png" for n in range(1, 7)]


@pytest.fixture
def load(tmp_path):
    """Return a function that makes a folder of images and texts and reads it."""

    def make_and_load(images, tables=None, encoding="utf-8", choices=None, limit=None):
        folder = tmp_path / "set"
        for number, name in enumerate(images):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(number).integers(0, 200, (28, 28)).astype(np.uint8)
            Image.fromarray(pixels).save(path)
        for name, text in (tables or {}).items():
            (folder / name).write_bytes(text.encode(encoding))
        return FolderSource(folder, choices=choices or Choices()).load(limit=limit)

    return make_and_load


def column(imageset, name):
    values = imageset.table.set_index("file")[name].sort_index()
    return [None if value != value else value for value in values]


def rows(header, names, *columns):
    lines = [header, *(",".join(line) for line in zip(names, *columns, strict=True))]
    return {"meta.csv": "\n".join(lines) + "\n"}


def test_several_rows_of_an_image_are_joined_and_counted(load):
    kinds = ["RBC", "WBC", "RBC", "PLT"]
    lines = [f"{file},{kind},{n}" for file in SIX[:3] for n, kind in enumerate(kinds)]
    found = load(SIX[:3], {"meta.csv": "filename,cell_type,xmin\n" + "\n".join(lines)})
    assert column(found, "cell_type") == ["PLT; RBC; WBC"] * 3
    assert column(found, "xmin") == [1.5] * 3
    assert column(found, "rows of the table") == [4] * 3
    assert any("12 rows are of 3 images" in note for note in found.notes)


def test_rows_about_patients_go_to_all_their_images(load):
    files = ["P001/a.png", "P001/b.png", "P002/a.png", "P003/a.png"]
    found = load(files, {"meta.csv": "patient_id,age\nP001,60\nP002,71\nP003,55\n"})
    assert column(found, "age") == [60, 60, 71, 55]
    assert column(found, "patient") == ["P001", "P001", "P002", "P003"]
    assert column(found, "label") == [None] * 4


def test_participants_of_bids(load):
    files = ["sub-01/anat/sub-01_T1w.png", "sub-02/anat/sub-02_T1w.png"]
    found = load(files, {"participants.tsv": "participant_id\tage\nsub-01\t60\nsub-02\t71\n"})
    assert column(found, "age") == [60, 71]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["0001.png", "0002.png", "0010.png"], ["1", "2", "10"]),
        (["7.png", "8.png", "9.png"], ["7.0", "8.0", "9.0"]),
        (["IM0001.png", "IM0002.png", "IM0010.png"], ["IM1", "IM2", "IM10"]),
        (["a.png", "b.png", "c.png"], ["a.dcm", "b.dcm", "c.dcm"]),
        (["a.png", "b.png", "c.png"], ["x/a.nii.gz", "x/b.nii.gz", "x/c.nii.gz"]),
        (["a.jpg", "b.jpg", "c.jpg"], ["A.PNG", "B.PNG", "C.PNG"]),
    ],
)
def test_names_that_are_written_otherwise(load, files, names):
    found = load(files, rows("id,age", names, ["60", "71", "50"]))
    assert column(found, "age") == [60, 71, 50]


def test_tables_named_after_splits_give_them(load):
    found = load(
        SIX[:4],
        {
            "train.csv": "image,label\nimg_1.png,a\nimg_2.png,b\n",
            "valid.csv": "image,label\nimg_3.png,a\n",
            "test.csv": "image,label\nimg_4.png,b\n",
        },
    )
    assert column(found, "label") == ["a", "b", "a", "b"]
    assert column(found, "split") == ["train", "train", "val", "test"]
    assert len(found.problems) == 0


def test_tables_about_the_same_images_are_put_beside_each_other(load):
    found = load(
        SIX[:2],
        {
            "labels.csv": "image,label\nimg_1.png,a\nimg_2.png,b\n",
            "people.csv": "image,age\nimg_2.png,70\nimg_1.png,60\n",
        },
    )
    assert column(found, "label") == ["a", "b"]
    assert column(found, "age") == [60, 70]


def test_a_table_of_patients_is_joined_by_another_that_names_images(load):
    files = ["a1.png", "a2.png", "b1.png"]
    found = load(
        files,
        {
            "images.csv": "file,patient_id\na1.png,P1\na2.png,P1\nb1.png,P2\n",
            "patients.csv": "PatientID,age\nP1,60\nP2,71\nP3,80\n",
            "prices.csv": "thing,price\nbread,3\n",
        },
    )
    assert column(found, "age") == [60, 60, 71]
    assert column(found, "patient") == ["P1", "P1", "P2"]
    assert sorted(found.problems["file"]) == ["patients.csv, row 4", "prices.csv"]


def test_a_table_without_a_header_loses_no_row(load):
    found = load(SIX[:3], {"meta.csv": "img_1.png,ill\nimg_2.png,well\nimg_3.png,ill\n"})
    assert column(found, "label") == ["ill", "well", "ill"]


def test_masks_are_kept_as_masks(load):
    files = [f"{folder}/{n}.png" for folder in ("images", "masks") for n in "abc"]
    found = load(files, rows("image,label", ["a.png", "b.png", "c.png"], ["x", "y", "x"]))
    assert column(found, "label") == ["x", "y", "x"]
    assert found.masks.shape == (3, 28, 28, 1)
    assert found.mask_names == ("mask",)


def test_patients_by_folders_stay_in_one_split(load):
    files = [f"{p}/{c}/{p}_x{k}.png" for p in range(8863, 8869) for c in "01" for k in range(2)]
    found = load(files)
    assert found.table.groupby("patient")["split"].nunique().max() == 1
    assert column(found, "label") == ["0", "0", "1", "1"] * 6


def test_names_that_suggest_patients_stay_together_and_are_warned_of(load):
    files = [f"{p}_{k}.png" for p in range(8863, 8873) for k in range(3)]
    found = load(files)
    groups = found.table.groupby(found.table["file"].str[:4])["split"].nunique()
    assert groups.max() == 1
    assert found.table["patient"].isna().all()
    assert any("No patient is known" in note for note in found.notes)


def test_lesions_stay_in_one_split_where_no_patient_is_known(load):
    files = [f"img_{n:02d}.png" for n in range(30)]
    lesions = [f"HAM_{n // 3:04d}" for n in range(30)]
    found = load(files, rows("image,lesion_id", files, lesions))
    assert found.table.groupby("lesion_id")["split"].nunique().max() == 1


def test_images_for_training_or_validation_never_test(load):
    found = load(SIX, rows("file,split", SIX, ["trainval"] * 3 + ["test"] * 3))
    assert column(found, "split")[3:] == ["test"] * 3
    assert set(column(found, "split")[:3]) <= {"train", "val"}


def test_a_drawn_split_is_announced_and_a_given_one_named(load):
    assert any("No split is given" in note for note in load(SIX).notes)
    given = load(SIX, rows("file,phase", SIX, ["train", "test"] * 3))
    assert any("Splits are from 'phase'" in note for note in given.notes)
    assert not any("drawn" in note for note in given.notes)


def test_a_split_column_that_says_nothing_known_is_reported(load):
    found = load(SIX, rows("file,split", SIX, list("ABABAB")))
    assert "no words for train, val and test, but 'A', 'B'" in found.problems["reason"][0]
    assert column(found, "split (table)") == list("ABABAB")


def test_own_names_of_a_table_never_replace_what_is_computed(load, tmp_path):
    columns = "file,cluster,probability,outlier_score,region 0 area,id"
    found = load(SIX, rows(columns, SIX, "xyxyxy", "123456", "123456", "123456", "123456"))
    own = ["cluster", "probability", "outlier_score", "region 0 area"]
    assert not set(own) & set(found.table)
    assert column(found, "cluster (table)") == list("xyxyxy")
    assert sum("has a meaning here" in note for note in found.notes) == 5
    study = Study.create(tmp_path / "study", found, "folder")
    assert study.table["cluster (table)"].tolist() == list("xyxyxy")


def test_a_big_table_of_which_few_rows_are_needed_is_one_problem(load):
    lines = "".join(f"img_{n}.png,a\n" for n in range(1, 2001))
    found = load(SIX[:3], {"meta.csv": "file,dx\n" + lines})
    assert len(found.problems) == 1
    assert found.problems["reason"][0].startswith("1,997 rows are about images that are not")


def test_damage_is_told_before_anything_else(load, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "zz.png").write_bytes(b"")
    found = load(SIX, rows("file,dx", [*SIX[:2], "w.png"], "abc"))
    assert found.problems["file"][0] == "zz.png"
    assert "empty" in found.problems["reason"][0]


def test_a_person_has_the_last_word_on_columns(load):
    table = rows(
        "file,other,label,grade,patient,ward,split",
        SIX,
        SIX[::-1],
        "ababab",
        "112233",
        "123456",
        "xxyyzz",
        ["train"] * 6,
    )
    found = load(SIX, table, choices=Choices("OTHER", "grade", "ward", "none"))
    assert column(found, "label") == list("332211")
    assert column(found, "patient") == list("zzyyxx")
    assert len(set(column(found, "split"))) == 3
    assert column(found, "label (table)") == list("bababa")
    none = load(SIX, table, choices=Choices(label="none", patient="none"))
    assert none.table["label"].isna().all()
    assert none.table["patient"].isna().all()
    with pytest.raises(CaeError, match="no column 'nowhere'"):
        load(SIX, table, choices=Choices(label="nowhere"))


def test_none_is_a_value_where_words_are_and_names_no_patient(load):
    table = rows(
        "file,grade,effusion,dose,patient",
        SIX,
        ["none", "none", "mild", "mild", "severe", "none"],
        ["none", "left", "", "none", "left", "NA"],
        ["none", "1.5", "2", "2.5", "3", "3.5"],
        ["a", "a", "b", "none", "None", "b"],
    )
    found = load(SIX, table, choices=Choices(label="grade"))
    assert column(found, "label") == ["none", "none", "mild", "mild", "severe", "none"]
    assert column(found, "effusion") == ["none", "left", None, "none", "left", None]
    assert column(found, "dose") == [None, 1.5, 2, 2.5, 3, 3.5]
    assert column(found, "patient") == ["a", "a", "b", None, None, "b"]
    said = " ".join(found.notes)
    assert "'none' is a value of 'grade' (3 times), not a missing one." in said
    assert "'none' is a value of 'effusion' (2 times), not a missing one." in said


def test_a_table_with_semicolons_says_nothing_of_the_commas_of_another(load):
    tables = {
        "a.csv": "file;age\n" + "".join(f"{name};{n},5\n" for n, name in enumerate(SIX)),
        "b.csv": "file,platelets\n" + "".join(f'{n},"15{i},400"\n' for i, n in enumerate(SIX)),
    }
    found = load(SIX, tables)
    assert column(found, "platelets") == [1000 * (150 + n) + 400 for n in range(6)]
    assert column(found, "age") == [n + 0.5 for n in range(6)]


def test_whole_numbers_are_the_same_with_and_without_a_gap_in_their_table(load):
    names = [f"{part}/{n}.png" for part in ("train", "test") for n in range(6)]
    tables = {
        "train.csv": "file,patient_id,grade\n"
        + "".join(f"train/{n}.png,{n},1\n" for n in range(6)),
        "test.csv": "file,patient_id,grade\n"
        + "".join(f"test/{n}.png,{f'{n}.0' if n < 5 else ''},{n % 2 + 1}.0\n" for n in range(6)),
    }
    found = load(names, tables, choices=Choices(label="grade"))
    assert set(found.table["patient"].dropna()) == set("012345")
    assert set(found.table["label"]) == {"1", "2"}
    assert any("patient" in reason for reason in found.problems["reason"])


@pytest.mark.parametrize("images", [1, 2, 3, 50])
@pytest.mark.parametrize("has_patients", [True, False])
def test_a_report_is_left_out_however_many_images_share_it(load, images, has_patients):
    patients = range(12)
    report = "There is a small nodule of {} mm in the left lower lobe, seen before."
    names = [f"{patient}_{number}.png" for patient in patients for number in range(images)]
    whose = [int(name.split("_")[0]) for name in names]
    found = load(
        names,
        rows(
            "file,dx,subject,findings",
            names,
            ["ab"[one % 2] for one in whose],
            [f"s{one}" if has_patients and one != 5 else "" for one in whose],
            [f'"{report.format(one)}"' if one != 7 else "" for one in whose],
        ),
    )
    assert "findings" in found.identifying


def test_choices_need_a_source_with_a_table(tmp_path):
    source = parse(f"folder:{tmp_path}")
    assert with_choices(source, Choices(label="a")).choices.label == "a"
    assert with_choices(parse("brain"), Choices()) == parse("brain")
    with pytest.raises(CaeError, match="has no table"):
        with_choices(parse("brain"), Choices(label="a"))


def test_encodings_can_be_chosen(load):
    table = rows("file,v", SIX[:2], ["männlich", "weiblich"])
    assert column(load(SIX[:2], table, "cp1252"), "v") == ["männlich", "weiblich"]
    chosen = load(SIX[:2], table, "cp1252", Choices(encoding="cp1250"))
    assert column(chosen, "v")[1] == "weiblich"


def test_a_limit_is_drawn_before_room_is_taken(load, monkeypatch):
    from types import SimpleNamespace

    from cae.sources import room

    free = SimpleNamespace(free=5 * 28 * 28 * 3 * 2)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: free)
    files = [f"{n}.png" for n in range(30)]
    with pytest.raises(CaeError, match="of disk"):
        load(files)
    found = load(files, limit=5)
    assert len(found) == 5
    assert found.table["id"].is_unique


def test_what_a_limit_takes_is_as_in_the_whole_set(load):
    files = [f"{n}.png" for n in range(40)]
    whole, few = load(files), load(files, limit=9)
    assert few.images.tobytes() == whole.limit(9).images.tobytes()
    assert few.table.equals(whole.limit(9).table)


def test_a_row_of_a_patient_goes_to_no_other_of_nearly_the_same_number(load):
    files = ["P-1/a.png", "P1/a.png", "P02/a.png", "P3/a.png"]
    table = "patient_id,age\nP1,60\nP-1,71\nP2,55\nP-2,44\nP3,33\n"
    found = load(files, {"meta.csv": table})
    assert found.table.set_index("file")["age"].dropna().to_dict() == {
        "P-1/a.png": 71,
        "P1/a.png": 60,
        "P3/a.png": 33,
    }
    reason = "'P02/a.png' may be of 'P2' or 'P-2'; spell it as one of these"
    assert found.problems.values.tolist() == [
        ["meta.csv, row 4", reason],
        ["meta.csv, row 5", reason],
        ["P02/a.png", "meta.csv has no row for it"],
    ]
