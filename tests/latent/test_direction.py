import numpy as np
import pytest
from sklearn.decomposition import PCA

from cae.errors import CaeError
from cae.latent.direction import column_direction, difference_direction, principal_directions

APART = np.arange(400)


@pytest.fixture
def latents() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(400, 6)).astype(np.float32)


def test_a_difference_leads_from_one_mean_to_the_other_in_deviations(latents):
    group, other = latents[:150] + [3, 0, 0, 0, 0, 0], latents[150:]
    found = difference_direction("left", group, other)
    way = group.mean(axis=0) - other.mean(axis=0)
    unit = found.vector / np.linalg.norm(found.vector)
    assert unit == pytest.approx(way / np.linalg.norm(way), abs=1e-5)
    everything = np.concatenate([group, other])
    assert np.linalg.norm(found.vector) == pytest.approx((everything @ unit).std(), rel=1e-4)
    apart = np.linalg.norm(way) / np.linalg.norm(found.vector)
    assert found.facts["apart_in_deviations"] == pytest.approx(apart, abs=1e-3)
    assert found.facts["images"] == [150, 250]


def test_exchanged_groups_turn_the_direction_around(latents):
    there = difference_direction("x", latents[:90], latents[90:]).vector
    back = difference_direction("x", latents[90:], latents[:90]).vector
    assert there == pytest.approx(-back, abs=1e-6)


def test_a_column_gives_the_change_of_latents_that_goes_along_with_it(latents):
    values = 40 + 5 * latents[:, 2] + 0.01 * latents[:, 0]
    found = column_direction("age", latents, values, APART)
    standard = (values - values.mean()) / values.std()
    slopes = [np.polyfit(standard, latents[:, number], 1)[0] for number in range(6)]
    assert found.vector == pytest.approx(slopes, abs=1e-5)
    assert found.facts["explained"] > 0.99
    assert found.facts["one_deviation"] == pytest.approx(values.std())


def test_a_column_that_has_nothing_to_do_with_latents_explains_nothing(latents):
    values = np.random.default_rng(5).normal(size=400)
    assert column_direction("noise", latents, values, APART).facts["explained"] < 0.05


def test_what_only_tells_patients_apart_explains_nothing_however_rows_are_sorted():
    random = np.random.default_rng(0)
    patient = np.repeat(np.arange(40), 8)
    values = random.normal(size=40)[patient]
    latents = random.normal(size=(40, 6))[patient] + 0.1 * random.normal(size=(320, 6))
    by_visit = np.argsort(np.tile(np.arange(8), 40), kind="stable")
    for rows in (np.arange(320), by_visit):
        found = column_direction("x", latents[rows], values[rows], patient[rows])
        assert found.facts["explained"] < 0.05


def test_what_tells_is_known_though_rows_are_sorted_by_the_value():
    random = np.random.default_rng(0)
    grades = np.repeat(np.arange(5.0), 200)
    latents = random.normal(size=(5, 16))[grades.astype(int)] + 0.3 * random.normal(size=(1000, 16))
    mixed = random.permutation(1000)
    patients = np.arange(1000)
    sorted_ = column_direction("grade", latents, grades, patients).facts["explained"]
    shuffled = column_direction("grade", latents[mixed], grades[mixed], patients).facts["explained"]
    assert sorted_ == pytest.approx(shuffled, abs=0.01)
    assert sorted_ > 0.9


def test_images_side_by_side_do_not_tell_of_each_other_where_patients_are_unknown():
    random = np.random.default_rng(0)
    patient = np.repeat(np.arange(40), 8)
    values = random.normal(size=40)[patient]
    latents = random.normal(size=(40, 6))[patient] + 0.1 * random.normal(size=(320, 6))
    found = column_direction("x", latents, values, np.arange(320))
    assert found.facts["explained"] < 0.1


def test_missing_values_are_left_out(latents):
    values = latents[:, 1].astype(float)
    values[::3] = np.nan
    known = np.isfinite(values)
    found = column_direction("x", latents, values, APART)
    assert found.facts["images"] == known.sum()
    alone = column_direction("x", latents[known], values[known], APART[: known.sum()])
    assert np.array_equal(found.vector, alone.vector)


def test_components_are_those_of_pca_one_deviation_long(latents):
    stretched = latents * np.array([5, 3, 1, 1, 1, 1])
    found = principal_directions(stretched, 2)
    expected = PCA(2).fit(stretched)
    assert [one.name for one in found] == ["Component 1", "Component 2"]
    for one, axis, variance in zip(
        found, expected.components_, expected.explained_variance_, strict=True
    ):
        assert abs(one.vector @ axis) == pytest.approx(variance**0.5, rel=1e-4)
    shares = [one.facts["share"] for one in found]
    assert shares == pytest.approx(expected.explained_variance_ratio_, abs=1e-3)


def test_two_images_vary_in_one_way(latents):
    assert len(principal_directions(latents[:2], 5)) == 1


def test_what_gives_no_direction_is_a_sentence(latents):
    with pytest.raises(CaeError, match="other group holds no image"):
        difference_direction("x", latents, latents[:0])
    with pytest.raises(CaeError, match="same mean"):
        difference_direction("x", latents, latents)
    with pytest.raises(CaeError, match="Only 4 images"):
        column_direction("x", latents, np.where(APART < 4, 1.0, np.nan), APART)
    with pytest.raises(CaeError, match="same value"):
        column_direction("x", latents, np.ones(400), APART)
    with pytest.raises(CaeError, match="does not vary"):
        principal_directions(latents[:1], 2)
