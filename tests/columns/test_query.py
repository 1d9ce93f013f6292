import numpy as np
import pandas as pd
import pytest

from cae.columns.expression import LONGEST, quoted_column, read_query, write_query
from cae.columns.query import query_rows
from cae.errors import CaeError

TABLE = pd.DataFrame(
    {
        "id": ["scan-a1", "scan-b2", "SCAN-c3", "other.4", "5"],
        "age": [10.0, 20.0, np.nan, 40.0, 50.0],
        "grade": pd.array([1, 2, None, 2, 3], dtype="Int64"),
        "label": ["1", "2", None, "2", "and"],
        "is_old": pd.array([True, False, None, False, True], dtype="boolean"),
        "scanned": pd.to_datetime(
            ["2020-01-01 23:59", "2020-02-01 00:00", None, "2021-06-30 08:00", "2019-12-31 00:00"]
        ),
        "x mm": [-1.5, 0.0, 2.5, 1e3, -0.25],
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age > 20", [3, 4]),
        ("age>=20 and age<=40", [1, 3]),
        ("age = 20", [1]),
        ("age != 20", [0, 3, 4]),
        ("not age != 20", [1, 2]),
        ("age < 15 or age > 45", [0, 4]),
        ("age < 15 or age > 45 and grade == 1", [0]),
        ("(age < 15 or age > 45) and grade == 3", [4]),
        ("not (age < 15 or age > 45)", [1, 2, 3]),
        ("not not age < 15", [0]),
        ("age BETWEEN 20 AND 40 Or age is Missing", [1, 2, 3]),
        ("age not between 20 and 40", [0, 4]),
        ("age is not missing", [0, 1, 3, 4]),
        ("grade in (1, 3)", [0, 4]),
        ("grade not in (1, 3)", [1, 3]),
        ("grade == 2.0", [1, 3]),
        ('label == "2"', [1, 3]),
        ("label == 2", [1, 3]),
        ("label in (1, 'and')", [0, 4]),
        ('label != "2"', [0, 4]),
        ("label == 'and' and age > 1", [4]),
        ('id contains "scan"', [0, 1, 2]),
        ('id contains "."', [3]),
        ('id not contains "scan"', [3, 4]),
        ("age contains 0", [0, 1, 3, 4]),
        ("is_old == true", [0, 4]),
        ("is_old != TRUE", [1, 3]),
        ('scanned == "2020-01-01"', [0]),
        ('scanned between "2020-01-01" and "2020-02-01"', [0, 1]),
        ("scanned < '2020-01-01'", [4]),
        ("`x mm` < -0.2", [0, 4]),
        ("`x mm` >= 1e3", [3]),
        ("`x mm` == .0", [1]),
        ("`age` in (10,20)", [0, 1]),
        ("age in ('10', \"40.0\")", [0, 3]),
        ("grade != '2'", [0, 4]),
        ("is_old in ('True')", [0, 4]),
        ("is_old == 'false'", [1, 3]),
        ("age in ()", []),
        ("age not in ()", [0, 1, 3, 4]),
        ("scanned in ('2020-01-01', '2019-12-31')", [0, 4]),
    ],
)
def test_rows(text, expected):
    assert np.flatnonzero(query_rows(TABLE, text)).tolist() == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("agee > 3", "no column 'agee'; did you mean age"),
        ("X > 3", "no column 'X'"),
        ("xmm > 3", "did you mean `x mm`"),
        ("zzzzzz > 3", "the first columns are id, age, grade"),
        ("age >", "ends too early, after “age >”; expected is a value"),
        ("age", "ends too early, after “age”; expected is =="),
        ("age > 3 and", "expected is the name of a column"),
        ("age > 3 grade == 1", r"at “grade == 1”, after “age > 3” \(character 9\)"),
        ("(age > 3", r"ends too early.*expected is \)"),
        ("age > 3)", r"at “\)”"),
        ("age in 3", r"expected is \("),
        ("age between 3 or 4", "expected is and"),
        ("age is 3", "expected is missing"),
        ("age not > 3", "expected is in, between or contains"),
        ("== 3", "at its beginning"),
        ("age > 3 & grade > 1", "at “& grade > 1”"),
        ("label == pneumonia", 'in quotes: "pneumonia"'),
        ('label == "2', 'expected is a closing "'),
        ("age > 3x", "at “3x”"),
        ("age > '3'", "age holds numbers, but “3” is a text"),
        ("label < 3", "label holds text, which has no order"),
        ("is_old > true", "no order"),
        ("is_old == 1", "holds true or false"),
        ("is_old == 'yes'", "holds true or false"),
        ("age == 'ten'", "age holds numbers, but “ten” is a text"),
        ("age == true", "neither true nor false"),
        ("scanned > 2020", 'write one like "2024-05-31"'),
        ("scanned > '31.05.2024'", "holds dates"),
        ("__import__('os') == 0", "no column '__import__'"),
        ("@age > 3", "at its beginning"),
        ("age.real > 3", "at “.real > 3”"),
        ("(" * 60 + "age > 3" + ")" * 60, "nested more than 50 deep"),
        ("not " * 60 + "age > 3", "nested more than 50 deep"),
        ("age > 3 or " * 1000, f"at most {LONGEST:,}"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text, sentence):
    with pytest.raises(CaeError, match=sentence):
        query_rows(TABLE, text)


def test_agrees_with_pandas_on_random_expressions():
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.integers(0, 5, (200, 3)), columns=list("abc"))

    def expression(depth: int) -> str:
        if depth == 0 or random.random() < 0.2:
            sign = random.choice(["==", "!=", "<", "<=", ">", ">="])
            return f"{random.choice(list('abc'))} {sign} {random.integers(0, 5)}"
        if random.random() < 0.3:
            return f"not ({expression(depth - 1)})"
        joint = random.choice(["and", "or"])
        return f"({expression(depth - 1)}) {joint} {expression(depth - 1)}"

    for _ in range(50):
        text = expression(3)
        assert np.array_equal(query_rows(table, text), table.eval(text).to_numpy()), text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("patient == 007", ["007"]),
        ("patient == 7", ["7"]),
        ("patient in (0012, 7)", ["7", "0012"]),
        ("patient != 007", ["7", "0012", "1.50"]),
        ("patient == 1.50", ["1.50"]),
        ("patient == 1.5", []),
        ("number == 007", ["7"]),
    ],
)
def test_codes_are_found_as_they_are_written(text, expected):
    table = pd.DataFrame({"patient": ["007", "7", "0012", "1.50"], "number": [8, 7, 12, 1]})
    assert table["patient"][query_rows(table, text)].tolist() == expected
    again = write_query(read_query(text))
    assert table["patient"][query_rows(table, again)].tolist() == expected


def test_every_name_of_a_column_can_be_written():
    for name in ("age", "x mm", "Größe", "and", "2nd", "a-b"):
        table = pd.DataFrame({name: [1, 2, 3]})
        assert query_rows(table, f"{quoted_column(name)} > 1").tolist() == [False, True, True]
    assert quoted_column("age") == "age"
