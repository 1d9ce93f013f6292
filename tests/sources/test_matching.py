import unicodedata

import pandas as pd
import pytest

from cae.sources.image_columns import find_image_columns
from cae.sources.matching import FileIndex

FILES = ["p1/od/0.png", "p1/os/0.png", "p2/od/0.png", "p2/od/Scan.v2.JPG", "top.tif", "zoë.png"]


@pytest.fixture
def index():
    return FileIndex(FILES)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("p1/od/0.png", ["p1/od/0.png"]),
        ("./p1//od/0.png", ["p1/od/0.png"]),
        ("p1\\od\\0.png", ["p1/od/0.png"]),
        ("/data/set/p1/od/0.png", ["p1/od/0.png"]),
        ("C:\\data\\p1\\os\\0.png", ["p1/os/0.png"]),
        ("os/0.png", ["p1/os/0.png"]),
        ("os/0", ["p1/os/0.png"]),
        ("top", ["top.tif"]),
        ("top.png", ["top.tif"]),
        ("anywhere/top.tif", ["top.tif"]),
        ("Scan.v2", ["p2/od/Scan.v2.JPG"]),
        ("scan.V2.jpg", ["p2/od/Scan.v2.JPG"]),
        ("od/0.png", ["p1/od/0.png", "p2/od/0.png"]),
        ("0", ["p1/od/0.png", "p1/os/0.png", "p2/od/0.png"]),
        ("p3/os/0.png", []),
        ("p3/Scan.v2.JPG", []),
        ("s/0.png", []),
        ("", []),
        ("/", []),
        ("..", []),
        (unicodedata.normalize("NFD", "zoë.png"), ["zoë.png"]),
    ],
)
def test_names_find_their_files_and_no_others(index, name, files):
    assert [FILES[position] for position in index.find(name)] == files


def test_a_column_of_repeated_values_names_no_files():
    cells = pd.DataFrame({"age": ["1", "2", "1", "1", "2"]}, dtype="str")
    assert find_image_columns(cells, FileIndex(["1.png", "2.png", "3.png"])) is None


def test_capitals_are_told_apart_where_both_exist():
    index = FileIndex(["A.png", "a.png"])
    assert index.find("a.png") == [1]
    assert index.find("A") == [0]


def test_the_name_column_is_the_one_that_names_most_files(index):
    cells = pd.DataFrame({"n": ["0", "1", "2"], "image": ["top", "Scan.v2", "os/0"]}, dtype="str")
    assert find_image_columns(cells, index).names == ("image",)
    assert find_image_columns(cells[["n"]], index).names == ("n",)
    assert find_image_columns(pd.DataFrame({"x": ["7", None]}, dtype="str"), index) is None
    assert find_image_columns(pd.DataFrame(), index) is None
