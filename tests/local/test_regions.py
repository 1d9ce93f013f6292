import numpy as np

from cae.local.regions import area_column, areas_table, region_areas, region_labels


def test_a_pixel_is_of_the_region_with_the_largest_share():
    shares = np.array([[[[0.1, 0.7, 0.2], [0.4, 0.4, 0.2]]]])
    labels = region_labels(shares, np.arange(3))
    assert labels.tolist() == [[[1, 0]]]
    assert labels.dtype == np.uint8


def test_regions_of_one_tone_count_together():
    shares = np.array([[0.4, 0.35, 0.25], [0.6, 0.3, 0.1]])
    assert region_labels(shares, np.array([7, 2, 2])).tolist() == [1, 0]


def test_labels_of_random_families_are_those_of_a_naive_loop():
    rng = np.random.default_rng(0)
    shares, families = rng.dirichlet(np.ones(6), (3, 4)), np.array([0, 3, 1, 3, 3, 1])
    labels = region_labels(shares, families)
    for place in np.ndindex(3, 4):
        sums = {
            f: sum(s for s, g in zip(shares[place], families, strict=True) if g == f)
            for f in (0, 1, 3)
        }
        best = max(sums, key=sums.get)
        assert labels[place] == max(
            np.flatnonzero(families == best), key=lambda k: shares[place][k]
        )


def test_areas_are_shares_counted_pixel_by_pixel():
    labels = np.random.default_rng(0).integers(0, 4, (3, 5, 7)).astype(np.uint8)
    areas = region_areas(labels, 5)
    for image in range(3):
        for region in range(5):
            counted = sum(value == region for value in labels[image].flatten())
            assert np.isclose(areas[image, region], counted / 35)
    np.testing.assert_allclose(areas.sum(1), 1, rtol=1e-6)


def test_the_table_names_its_regions():
    table = areas_table(np.array([[0.25, 0.75]]))
    assert (
        table.columns.tolist()
        == [area_column(0), area_column(1)]
        == [
            "region 0 area",
            "region 1 area",
        ]
    )
