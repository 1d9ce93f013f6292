from types import SimpleNamespace

import numpy as np
import pytest

from cae import scratch, storage
from cae.errors import CaeError
from cae.scratch import ScratchArray, ScratchSquares, chunks_of, taken_rows


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def test_rows_are_what_was_written_in_any_order(tmp_path):
    rows = pixels(9, 4, 5, 2)
    array = ScratchArray((4, 5, 2), tmp_path)
    array.append(rows[:3])
    array.put(5, rows[5:8])
    array.put(1, rows[8:])
    array.append(rows[:1])
    expected = np.concatenate([rows[:8], rows[:1]])
    expected[1], expected[3:5] = rows[8], 0
    assert len(array) == 9
    assert np.array_equal(array.array(), expected)


def test_the_file_has_no_name_and_stays_for_as_long_as_the_array_is_used(tmp_path):
    rows = pixels(3, 8, 8, 1)
    array = ScratchArray((8, 8, 1), tmp_path)
    array.append(rows)
    mapped = array.array()
    del array
    assert list(tmp_path.iterdir()) == []
    assert np.array_equal(mapped, rows)
    assert isinstance(mapped, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 0


@pytest.mark.parametrize("shape", [(0, 4, 4, 1), (3, 4, 4, 0)])
def test_there_may_be_nothing_in_it(tmp_path, shape):
    array = ScratchArray(shape[1:], tmp_path)
    array.append(np.empty(shape, np.uint8))
    assert array.array().shape == shape


def test_squares_are_grey_until_one_has_colour(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "_CHUNK_BYTES", 200)
    grey, colour = pixels(7, 8, 8, 1), pixels(2, 8, 8, 3, seed=1)
    squares = ScratchSquares(8, tmp_path)
    squares.append(grey[:5])
    assert (squares.channels, len(squares)) == (1, 5)
    assert np.array_equal(squares.array(), grey[:5])
    squares.append(colour)
    squares.append(grey[5:])
    expected = np.concatenate(
        [np.repeat(grey[:5], 3, axis=-1), colour, np.repeat(grey[5:], 3, axis=-1)]
    )
    assert (squares.channels, len(squares)) == (3, 9)
    assert np.array_equal(squares.array(), expected)


def test_rows_are_taken_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "_CHUNK_BYTES", 200)
    array = pixels(30, 8, 8, 1)
    rows = np.random.default_rng(1).permutation(30)[:20]
    assert np.array_equal(taken_rows(array, rows, tmp_path), array[rows])
    pieces = list(chunks_of(array))
    assert {len(piece) for piece in pieces} == {3}
    assert np.array_equal(np.concatenate(pieces), array)


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    array = ScratchArray((8, 8, 1), tmp_path)
    full = SimpleNamespace(write=raise_full, seek=lambda place: None)
    monkeypatch.setattr(array, "_file", full)
    with pytest.raises(CaeError, match=f"disk is full.*{tmp_path}"):
        array.append(pixels(1, 8, 8, 1))


def raise_full(data):
    raise OSError(storage.errno.ENOSPC, "No space left on device")
