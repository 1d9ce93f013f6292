import tracemalloc

import numpy as np
import pytest

from cae.cohorts.selection import Selection
from cae.cohorts.undo import Undo


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", {"kind": "ids"})


def test_back_and_forth():
    undo = Undo()
    first, second, third = chosen(1), chosen(1, 900), Selection.empty()
    assert not undo.can_undo
    assert undo.undo(first) == undo.redo(first) == first
    undo.leave(first)
    undo.leave(second)
    assert undo.undo(third) == second
    assert undo.undo(second) == first
    assert not undo.can_undo
    assert undo.can_redo
    assert undo.redo(first) == second
    assert undo.redo(second) == third
    undo.undo(third)
    undo.leave(second)
    assert not undo.can_redo


@pytest.mark.parametrize("count", [1, 7, 8, 9, 5000, 20_000])
def test_every_selection_comes_back_as_it_was(count):
    random = np.random.default_rng(count)
    for size in (0, 1, count // 3, count):
        rows = random.choice(count, size, replace=False)
        selection = Selection.empty().combine(rows, "replace", {"kind": "box", "polygon": [[0.5]]})
        undo = Undo()
        undo.leave(selection)
        found = undo.undo(chosen(0))
        assert found == selection
        assert found.rows.dtype == np.int64


def test_rows_beyond_int32():
    undo = Undo()
    undo.leave(chosen(5, 2**40))
    assert undo.undo(chosen()).rows.tolist() == [5, 2**40]


def test_only_so_many_steps():
    undo = Undo()
    for row in range(60):
        undo.leave(chosen(row))
    found = [undo.undo(chosen()).rows.tolist() for _ in range(50)]
    assert found == [[row] for row in range(59, 9, -1)]
    assert not undo.can_undo


def test_selections_of_a_million_images_take_bounded_memory():
    random = np.random.default_rng(0)
    tracemalloc.start()
    undo = Undo()
    for _ in range(60):
        rows = np.flatnonzero(random.random(1_000_000) < 0.9)
        undo.leave(Selection(rows))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) * 8 * 50 > 300e6  # what fifty of them took before
    assert undo.bytes <= taken < 20e6
    assert undo.undo(Selection(rows[:5])) == Selection(rows)


def test_the_oldest_are_dropped_where_there_is_no_room(monkeypatch):
    monkeypatch.setattr("cae.cohorts.undo._MOST_BYTES", 400_000)
    undo = Undo()
    rows = [np.arange(start, 1_000_000, 2) for start in range(6)]
    for one in rows:
        undo.leave(Selection(one))
    assert undo.bytes <= 400_000
    assert undo.undo(Selection.empty()) == Selection(rows[5])
    assert undo.undo(Selection(rows[5])) == Selection(rows[4])
    assert undo.bytes <= 400_000
