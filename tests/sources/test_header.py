import pytest

from cae.sources.header import Header, find_header

IMAGES = {"a.png", "b.png", "c.png", "7", "8", "9"}


def found(*lines):
    return find_header([line.split(",") for line in lines], IMAGES.__contains__)


@pytest.mark.parametrize(
    ("lines", "first", "is_named"),
    [
        (["file,age", "a.png,1", "b.png,2"], 0, True),
        (["Our study", "file,age,sex", "a.png,1,m", "b.png,2,f"], 1, True),
        (["Our study,,", "Export,2020-01-01,", "file,age,sex", "a.png,1,m", "b.png,2,f"], 2, True),
        ([",file,age", "0,a.png,1", "1,b.png,2"], 0, True),
        (["a.png,ill", "b.png,well", "c.png,ill"], 0, False),
        (["Title", "a.png,ill", "b.png,well", "c.png,ill"], 1, False),
        (["7,60", "8,70", "9,80"], 0, False),
        (["a.png", "b.png"], 0, False),
        (["file", "a.png", "b.png"], 0, True),
        (["2019,2020", "1,2"], 0, True),
        (["file,age"], 0, True),
    ],
)
def test_the_row_that_names_the_columns(lines, first, is_named):
    assert found(*lines) == Header(first, is_named)
