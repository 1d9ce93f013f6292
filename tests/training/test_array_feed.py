import numpy as np
import pytest
import torch

from cae.training.array_feed import Feed, array_feed, kept_feed, pinned_feed

CPU = torch.device("cpu")


@pytest.fixture
def array() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 3, 3, 1), dtype=np.uint8)


@pytest.mark.parametrize("feed", [array_feed, kept_feed])
def test_rows_come_in_the_order_asked_for(array: np.ndarray, feed) -> None:
    rows = np.array([7, 2, 2, 19])
    found = feed(array, CPU)(rows)
    assert found.dtype == torch.uint8
    np.testing.assert_array_equal(found.numpy(), array[rows])


def test_what_is_given_is_a_copy(array: np.ndarray) -> None:
    before = array.copy()
    array_feed(array, CPU)(np.arange(5)).zero_()
    kept_feed(array, CPU)(np.arange(5)).zero_()
    np.testing.assert_array_equal(array, before)


def test_a_file_is_read_row_by_row(array: np.ndarray, tmp_path) -> None:
    np.save(tmp_path / "images.npy", array)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    np.testing.assert_array_equal(array_feed(mapped, CPU)(np.array([3, 1])).numpy(), array[[3, 1]])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
@pytest.mark.parametrize("feed", [array_feed, kept_feed, pinned_feed])
def test_on_a_gpu_rows_are_the_same(array: np.ndarray, feed: "Feed") -> None:
    rows = np.array([7, 2, 2, 19])
    found = feed(array, torch.device("cuda"))(rows)
    assert found.device.type == "cuda"
    np.testing.assert_array_equal(found.cpu().numpy(), array[rows])
