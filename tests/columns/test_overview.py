import pandas as pd

from cae.columns.overview import overview
from cae.imageset import Origin


def test_every_column_is_told_in_words():
    table = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "split": ["train", "train", "test"],
            "label": ["ill", None, "ill"],
            "age": [41.5, 50.0, None],
            "smokes": pd.Series([True, None, False], dtype="boolean"),
            "seen": pd.to_datetime(["2020-01-01", None, "2020-01-02"]),
        }
    )
    origins = {"label": Origin(("dx",)), "split": Origin(how="drawn")}
    found = overview(table, origins, ("seen",)).set_index("column")
    assert found["from"].to_dict() == {
        "id": "", "split": "drawn", "label": "'dx'", "age": "", "smokes": "", "seen": "",
    }  # fmt: skip
    assert found["kind"].tolist() == ["text", "text", "text", "number", "yes or no", "date"]
    assert found["filled"].tolist() == ["100 %", "100 %", "67 %", "67 %", "67 %", "67 %"]
    assert found["different"].tolist() == [3, 2, 1, 2, 2, 2]
    assert found["identifying"].tolist() == [""] * 5 + ["yes"]
    assert found["meaning"]["label"] == "class of the image"
    assert found["examples"]["age"] == "41.5, 50.0"
