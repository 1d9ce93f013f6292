import time

import pandas as pd
import pytest

from cae.errors import CaeError
from cae.sources.image_columns import chosen_image_columns, find_image_columns, names_image
from cae.sources.matching import FileIndex


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


def found(files, **columns):
    return find_image_columns(table(**columns), FileIndex(files))


def test_an_index_never_wins_over_file_names():
    files = ["0.png", "1.png", "2.png", "3.png"]
    index, images = ["0", "1", "2", "3"], ["2.png", "0.png", "1.png", "3.png"]
    for name in ("column_1", "Unnamed: 0", "index", "id", "scan"):
        assert found(files, **{name: index, "image": images}).names == ("image",)
        assert found(files, **{"image": images, name: index}).names == ("image",)


@pytest.mark.parametrize("name", ["column_1", "Unnamed: 0", "index", "row_number", "No"])
@pytest.mark.parametrize("first", [0, 1])
def test_what_only_counts_rows_names_nothing(name, first):
    files = [f"{n}.png" for n in range(6)]
    assert found(files, **{name: [str(n + first) for n in range(5)], "v": list("abcde")}) is None


def test_numbers_that_happen_to_match_come_last():
    files = ["10.png", "20.png", "30.png"]
    columns = {"age": ["10", "30", "20"], "scan": ["a/20", "a/10", "a/30"]}
    assert found(files, **columns).names == ("scan",)
    assert found(files, scan=["x", "y", "z"], age=["10", "30", "20"]) is None
    only_numbers = found(files, id=["10", "30", "20"], age=["10", "30", "20"])
    assert (only_numbers.names, only_numbers.is_sure) == (("id",), False)


def test_names_with_their_ending_come_before_stems():
    files = ["a.png", "b.png"]
    assert found(files, stem=["b", "a"], image=["a.png", "b.png"]).names == ("image",)


def test_ties_are_said():
    files = ["a.png", "b.png"]
    columns = found(files, first=["a.png", "b.png"], file_name=["a.png", "b.png"])
    assert columns.names == ("file_name",)
    assert columns.notes == ["the column 'first' names as many images"]


def test_two_columns_of_images_are_both_used():
    files = [f"{n}_{eye}.jpg" for n in (0, 1) for eye in ("left", "right")]
    left, right = ["0_left.jpg", "1_left.jpg"], ["0_right.jpg", "1_right.jpg"]
    assert found(files, L=left, R=right, mask=right).names == ("L", "R")


def test_folders_tell_files_of_one_name_apart():
    files = [f"{d}/{n}.png" for d in ("n", "p") for n in (1, 2)]
    columns = {"age": list("1234"), "where": ["n", "n", "p", "p"], "image": ["1.png", "2.png"] * 2}
    chosen = found(files, **columns)
    assert (chosen.names, chosen.folders) == (("image",), ("where",))
    assert chosen.texts(table(**columns), "image").tolist() == files
    deep = [f"{a}/{b}/1.png" for a in "xy" for b in "uv"]
    columns = {"b": ["u", "v", "u", "v"], "image": ["1.png"] * 4, "a": ["x", "x", "y", "y"]}
    assert found(deep, **columns).folders == ("a", "b")


def test_a_person_names_columns_in_any_case():
    cells = table(Folder=["n"], Image=["1.png"])
    assert chosen_image_columns(cells, "image").names == ("Image",)
    chosen = chosen_image_columns(cells, "folder, image")
    assert (chosen.names, chosen.folders) == (("Image",), ("Folder",))
    with pytest.raises(CaeError, match="no column 'x'; it has 'Folder', 'Image'"):
        chosen_image_columns(cells, "x")


def test_a_heading_is_not_taken_for_a_file():
    index = FileIndex(["image.png", "a.png"])
    assert not names_image("image", index)
    assert names_image("image.png", index)
    assert names_image("a", index)


@pytest.mark.slow
def test_time_grows_with_the_number_of_files_not_with_its_square():
    def seconds(count):
        files = [f"p{n % 997}/scan_{n:06d}.png" for n in range(count)]
        cells = table(v=[str(n % 7) for n in range(count)], image=[f[:-4] for f in files])
        start = time.process_time()
        assert find_image_columns(cells, FileIndex(files)).names == ("image",)
        return time.process_time() - start

    seconds(1000)
    # Eight times as many files take eight times as long, a quadratic search 64 times.
    assert min(seconds(40_000) for _ in range(2)) < 24 * max(seconds(5000) for _ in range(3))
