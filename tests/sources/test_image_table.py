import pandas as pd
import pytest

from cae.imageset import Origin
from cae.sources.choices import NONE, Choices
from cae.sources.description import Description
from cae.sources.image_table import image_table, leaks, table_of_files
from cae.sources.splitting import DRAWN, FOLDER_NAMES
from cae.sources.table import text_column

COUNT = 40


def described(**more):
    """What is known of images of which every four are of one patient."""
    table = {"split": [None] * COUNT, "label": [None] * COUNT}
    table |= {"patient": [f"P{number // 4}" for number in range(COUNT)], **more}
    known = pd.DataFrame({name: text_column(values) for name, values in table.items()})
    return Description(known, (), [])


def own(**more):
    files = [f"{number}.png" for number in range(COUNT)]
    return pd.DataFrame({"file": text_column(files), **more})


def made(description, columns=None, together=None, choices=None, in_folders=()):
    together = text_column([None] * COUNT) if together is None else text_column(together)
    columns = own() if columns is None else columns
    return image_table(description, columns, together, choices or Choices(), in_folders)


def test_images_are_counted_and_patients_stay_in_one_split():
    found = made(described())
    assert found.table.columns.tolist() == ["id", "split", "label", "patient", "file"]
    assert found.table["id"].tolist() == [f"{number:06d}" for number in range(1, COUNT + 1)]
    assert set(found.table["split"]) == {"train", "val", "test"}
    assert leaks(found.table) == []
    assert found.origins == {"split": Origin(how=DRAWN)}
    assert found.notes == ["No split is given, so one was drawn."]


def test_where_no_patient_is_known_what_belongs_together_stays_so():
    halves = [f"file {number // 20}" for number in range(COUNT)]
    splits = made(described(patient=[None] * COUNT), together=halves).table["split"]
    assert splits.groupby(text_column(halves)).nunique().tolist() == [1, 1]


def test_folders_give_the_splits_that_a_table_does_not():
    folders = [f"{'train' if number < 20 else 'test'}/{number}.png" for number in range(COUNT)]
    found = made(described(), in_folders=folders)
    assert found.table["split"].tolist() == ["train"] * 20 + ["test"] * 20
    assert found.origins == {"split": Origin(how=FOLDER_NAMES)}
    assert found.notes == []

    # That of the table comes first, and is where they are from.
    some = described(split=["val"] * 4 + [None] * 36)
    some.origins["split"] = Origin(("fold",))
    found = made(some, in_folders=folders)
    assert found.table["split"].tolist() == ["val"] * 4 + ["train"] * 16 + ["test"] * 20
    assert found.origins == {"split": Origin(("fold",))}

    # A column that gives no image a split is where none is from.
    empty = described()
    empty.origins["split"] = Origin(("fold",))
    assert made(empty, in_folders=folders).origins == {"split": Origin(how=FOLDER_NAMES)}


def test_a_split_is_drawn_where_that_is_wished_for():
    folders = [f"{'train' if number < 20 else 'test'}/{number}.png" for number in range(COUNT)]
    found = made(described(), choices=Choices(split=NONE), in_folders=folders)
    assert set(found.table["split"]) == {"train", "val", "test"}
    assert found.origins == {"split": Origin(how=DRAWN)}


def test_columns_of_one_name_are_told_apart_and_where_they_are_from():
    ages = pd.Series(range(COUNT), dtype="float64")
    more = {"age": ["60"] * COUNT, "age (table)": ["70"] * COUNT, "stage": ["II"] * COUNT}
    description = described(**more)
    description.identifying = ("age", "stage")
    found = made(description, own(age=ages))
    assert found.table["age"].equals(ages.rename("age"))
    assert (found.table["age (table 2)"] == "60").all()
    assert (found.table["age (table)"] == "70").all()
    assert found.identifying == ("age (table 2)", "stage")
    assert found.origins["age (table 2)"] == Origin(("age",))
    assert "stage" not in found.origins


def test_a_column_that_has_another_name_already_keeps_where_it_is_from():
    description = described(**{"age": ["60"] * COUNT})
    description.origins["age"] = Origin(("Age", "years"), "their sum")
    found = made(description, own(age=range(COUNT)))
    assert found.origins["age (table)"] == Origin(("Age", "years"), "their sum")
    assert "age" not in found.origins


@pytest.mark.parametrize("used", [[3, 1, 2], [0]])
def test_the_table_of_some_files_has_their_positions(used):
    files = [f"{number}.png" for number in range(COUNT)]
    description = described(patient=[None] * COUNT, stage=list(map(str, range(COUNT))))
    description.groups = text_column(["one"] * COUNT)
    table, _, _, _ = table_of_files(files, used, description, Choices())
    assert table.index.tolist() == used
    assert table["file"].tolist() == [f"{number}.png" for number in used]
    assert table["stage"].tolist() == list(map(str, used))
    assert table["id"].tolist() == [f"{number:06d}" for number in range(1, len(used) + 1)]
    assert len(set(table["split"])) == 1
