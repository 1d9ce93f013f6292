import random

import pytest

from cae.columns.expression import (
    Both,
    Comparison,
    Containing,
    Either,
    Membership,
    Missing,
    Not,
    Range,
    columns_in,
    quoted_column,
    read_query,
    write_query,
)
from cae.errors import CaeError

NAMES = ("age", "x mm", "and", "Größe", "2nd", "a`b", "``", "日本", 'say "x"')
VALUES = (
    0,
    -3,
    1.5,
    -2e-300,
    1e300,
    True,
    False,
    "",
    "left",
    'a "b"',
    "it's",
    "\"'\"'",
    "`",
    "é\n",
)


def some_expression(source: random.Random, depth: int) -> object:
    if depth and source.random() < 0.6:
        parts = [some_expression(source, depth - 1) for _ in range(source.randint(2, 3))]
        kind = source.choice([Both, Either, Not])
        return Not(parts[0]) if kind is Not else kind(tuple(parts))
    name, flag = source.choice(NAMES), source.random() < 0.5
    values = tuple(source.choice(VALUES) for _ in range(source.randint(0, 3)))
    return source.choice(
        [
            Comparison(name, source.choice(["==", "!=", "<", "<=", ">", ">="]), VALUES[3]),
            Membership(name, values, flag),
            Range(name, source.choice(VALUES), source.choice(VALUES), flag),
            Containing(name, source.choice(VALUES), flag),
            Missing(name, flag),
        ]
    )


def test_what_is_written_is_read_again():
    source = random.Random(0)
    for _ in range(500):
        expression = some_expression(source, 3)
        assert read_query(write_query(expression)) == expression


def test_a_quote_within_quotes_is_written_twice():
    assert read_query('a == "x ""y"""') == Comparison("a", "==", 'x "y"')
    assert read_query("a == 'it''s'") == Comparison("a", "==", "it's")
    assert read_query("`a``b` is missing") == Missing("a`b")
    assert quoted_column("a`b") == "`a``b`"


def test_nothing_may_be_listed():
    assert read_query("a in ()") == Membership("a", ())
    assert read_query("a not in ( )") == Membership("a", (), is_negated=True)


@pytest.mark.parametrize("number", ["1e999", "9" * 400, "9" * 5000, "-1e400"])
def test_a_number_too_large_is_a_sentence(number):
    with pytest.raises(CaeError, match="expected is a number below"):
        read_query(f"a > {number}")


def test_the_columns_of_an_expression():
    assert columns_in(read_query("b > 1 and not (a is missing or b < 2)")) == ("b", "a")


def test_columns_that_there_are_not_are_an_error_only_where_they_are_known():
    assert read_query("agee > 3") == Comparison("agee", ">", 3)
    with pytest.raises(CaeError, match="did you mean age"):
        read_query("agee > 3", ["age"])
