import numpy as np
import pandas as pd
import pytest

from cae.columns import colours


def colour_of(found: colours.Colours, row: int) -> str:
    return found.levels[found.codes[row]].colour


def test_a_category_keeps_its_colour_whatever_the_order_of_rows():
    values = pd.Series(["b", "a", None, "c", "a"])
    found = colours.category_colours("Site", values)
    assert [found.levels[code].name for code in found.codes] == ["b", "a", "missing", "c", "a"]
    again = colours.category_colours("Site", values[::-1].reset_index(drop=True))
    assert colour_of(found, 0) == colour_of(again, 4)
    assert colour_of(found, 2) == colours.MISSING
    assert len({colour_of(found, row) for row in range(4)}) == 4


def test_numbers_written_as_text_are_sorted_as_numbers():
    found = colours.category_colours("Label", pd.Series(["10", "9", "1"]))
    assert [level.name for level in found.levels] == ["1", "9", "10", "missing"]


def test_unclustered_is_grey_and_clusters_have_the_colour_of_their_number():
    found = colours.cluster_colours(pd.Series([2, -1, 0]))
    assert [found.levels[code].name for code in found.codes] == [
        "Cluster 2",
        "unclustered",
        "Cluster 0",
    ]
    assert colour_of(found, 1) == colours.MISSING
    assert colour_of(found, 0) == colours.CATEGORICAL[2]
    assert found.rows(found.codes[1]).tolist() == [1]


def test_all_unclustered():
    found = colours.cluster_colours(pd.Series([-1, -1]))
    assert [level.name for level in found.levels] == ["unclustered"]
    assert found.codes.tolist() == [0, 0]


def test_a_scale_runs_from_the_least_to_the_greatest_and_missing_is_grey():
    found = colours.scale_colours("Age", pd.Series([1.0, 3.0, np.nan, 2.0, np.inf]))
    assert found.codes.tolist() == [0, 255, 256, 128, 256]
    assert colour_of(found, 0) == colours.SCALE[0]
    assert colour_of(found, 1) == colours.SCALE[-1]
    assert colour_of(found, 2) == colours.MISSING


@pytest.mark.parametrize("values", [[5.0, 5.0], [np.nan, np.nan]])
def test_a_scale_without_extent_is_drawn_all_the_same(values):
    found = colours.scale_colours("Age", pd.Series(values))
    assert len(set(found.codes)) == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series(np.linspace(0, 1, 5)), True),
        (pd.Series(range(50)), True),
        (pd.Series([0, 1, 2] * 9), False),
        (pd.Series([True, False]), False),
        (pd.Series(["1.5", "2.5"]), False),
        (pd.Series([1.5, None], dtype="Float64"), True),
    ],
)
def test_which_columns_are_scales(values, expected):
    assert colours.is_scale(values) is expected


def test_ids_cannot_colour_a_map_but_few_names_can():
    assert not colours.can_colour(pd.Series([f"patient {i}" for i in range(61)]))
    assert colours.can_colour(pd.Series([f"patient {i % 60}" for i in range(120)]))


def test_given_names_take_the_place_of_numbers():
    found = colours.cluster_colours(pd.Series([2, -1, 0]), {2: "Loops", 7: "gone"})
    assert [level.name for level in found.levels] == ["Cluster 0", "Loops", "unclustered"]
    plain = colours.cluster_colours(pd.Series([2, -1, 0]))
    assert [level.colour for level in found.levels] == [level.colour for level in plain.levels]


def test_the_digest_tells_what_levels_stand_for_apart_and_not_their_names():
    clusters = pd.Series([0, 0, 1, -1])
    found = colours.cluster_colours(clusters)
    assert found.digest == colours.cluster_colours(clusters, {0: "Loops"}).digest
    assert found.digest != colours.cluster_colours(pd.Series([0, 1, 1, -1])).digest
    assert found.digest != colours.cluster_colours(pd.Series([0, 0, 2, -1])).digest
    ages = pd.Series([0.0, 10.0, 20.0])
    assert (
        colours.scale_colours("Age", ages).digest != colours.scale_colours("Age", 2 * ages).digest
    )
    assert colours.scale_colours("Age", ages).digest != colours.scale_colours("Size", ages).digest
    hardly_older = pd.Series([0.0, 10.01, 20.0])
    older = colours.scale_colours("Age", hardly_older)
    assert older.codes.tolist() == colours.scale_colours("Age", ages).codes.tolist()
    assert older.digest != colours.scale_colours("Age", ages).digest
