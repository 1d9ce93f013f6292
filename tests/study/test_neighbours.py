import numpy as np
import pytest

from cae.latent.neighbour_graph import neighbour_graph
from cae.storage import write_array
from cae.study import derived, neighbours
from cae.study.neighbours import neighbours_of_all, neighbours_of_one
from cae.study.study import Study


@pytest.fixture
def searches(monkeypatch):
    """Sizes of the searches that are made."""
    made = []

    def search(latents, k, *progress):
        made.append(k)
        return neighbour_graph(latents, k, *progress)

    monkeypatch.setattr(neighbours, "neighbour_graph", search)
    return made


def kept_files(study):
    return sorted((study.path / "derived").glob("neighbours.*"))


def forget(study):
    for path in study.path.glob("derived/neighbours.*"):
        path.unlink()


def test_neighbours_are_found_once_and_kept(digits_study, searches):
    forget(digits_study)
    expected = neighbour_graph(digits_study.latents, 30)
    for k in (15, 30, 5):
        found = neighbours_of_all(Study.open(digits_study.path), k)
        assert np.array_equal(found.rows, expected.rows[:, :k])
        assert np.array_equal(found.distances, expected.distances[:, :k])
        assert found.rows.dtype == np.int32
    assert searches == [30]
    assert len(kept_files(digits_study)) == 1


def test_more_neighbours_than_are_kept_are_found_and_not_kept(digits_study, searches):
    neighbours_of_all(digits_study, 30)
    before = kept_files(digits_study)[0].read_bytes()
    assert neighbours_of_all(digits_study, 40).rows.shape == (len(digits_study), 40)
    assert searches[-1] == 40
    assert [path.read_bytes() for path in kept_files(digits_study)] == [before]


@pytest.mark.parametrize("is_kept", [True, False])
def test_neighbours_of_one_are_those_of_all(digits_study, is_kept):
    graph = neighbours_of_all(digits_study, 12)
    if not is_kept:
        forget(digits_study)
    rows, distances = neighbours_of_one(digits_study, 7, 12)
    assert np.array_equal(rows, graph.rows[7])
    assert rows.dtype == np.int64
    np.testing.assert_allclose(distances, graph.distances[7], atol=1e-6)


def test_neighbours_of_other_latents_are_not_taken(digits_study, searches, monkeypatch):
    neighbours_of_all(digits_study, 15)
    former = kept_files(digits_study)
    monkeypatch.setattr(Study, "digest", lambda study, step: "0123456789abcdef")
    neighbours_of_all(digits_study, 15)
    assert searches[-1] == 30
    assert len(kept_files(digits_study)) == 1
    assert kept_files(digits_study) != former


def shifted(entries):
    entries = np.array(entries)
    entries["row"] += len(entries)
    return entries


DAMAGES = {
    "rows of no image": shifted,
    "fewer images": lambda entries: entries[:-1],
    "another type": lambda entries: np.zeros((len(entries), 30), np.float32),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_damaged_is_found_anew(digits_study, searches, name):
    forget(digits_study)
    whole = neighbours_of_all(digits_study, 15)
    path = kept_files(digits_study)[0]
    write_array(path, DAMAGES[name](np.load(path)))
    rows, _ = neighbours_of_one(digits_study, 3, 5)
    assert np.array_equal(rows, whole.rows[3, :5])
    assert np.array_equal(neighbours_of_all(digits_study, 15).rows, whole.rows)
    assert searches == [30, 30]
    assert neighbours._read(digits_study) is not None


def test_a_study_that_cannot_be_written_to_shows_its_neighbours(digits_study, monkeypatch):
    forget(digits_study)

    def refuse(path, array):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(derived, "write_array", refuse)
    assert neighbours_of_all(digits_study, 4).rows.shape == (len(digits_study), 4)
    assert not list(digits_study.path.glob("derived/neighbours.*"))
