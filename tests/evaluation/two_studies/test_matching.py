import numpy as np
import pandas as pd
import pytest

from cae.evaluation.two_studies.matching import SharedImages, image_digests, shared_images


def images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 1), np.uint8)


def matched(
    first: tuple[list[str], np.ndarray], second: tuple[list[str], np.ndarray]
) -> SharedImages:
    (one, pixels), (other, theirs) = first, second
    return shared_images(
        pd.Series(one, dtype="str"),
        image_digests(pixels),
        pd.Series(other, dtype="str"),
        image_digests(theirs),
    )


def naive(
    first: tuple[list[str], np.ndarray], second: tuple[list[str], np.ndarray]
) -> list[tuple[int, int]]:
    """Images of one id and one content, by looking at every pair."""
    return [
        (row, other)
        for row, name in enumerate(first[0])
        for other, theirs in enumerate(second[0])
        if name == theirs and np.array_equal(first[1][row], second[1][other])
    ]


def test_images_are_matched_by_id_and_pixels_in_any_order() -> None:
    order = np.random.default_rng(1).permutation(9)[:6]
    first = [f"scan {row}" for row in range(9)], images(9)
    second = [first[0][row] for row in order], first[1][order].copy()
    second[1][2] = 7
    found = matched(first, second)
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == naive(
        first, second
    )
    assert (len(found), found.renamed, found.changed) == (5, 0, 1)


def test_images_of_other_ids_are_known_by_pixels_that_occur_once() -> None:
    pixels = images(5)
    twice = pixels[[0, 1, 2, 2, 4]]
    found = matched((list("abcde"), pixels), (list("vwxyz"), twice))
    # The third occurs twice among the others, and the fourth is not there.
    assert (found.first.tolist(), found.second.tolist()) == ([0, 1, 4], [0, 1, 4])
    assert found.renamed == 3


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1)])
def test_few_or_no_images_are_shared(count: int, expected: int) -> None:
    pixels, others = images(4), images(4, seed=5)
    others[:count] = pixels[:count]
    found = matched((list("abcd"), pixels), (list("abcd"), others))
    assert (len(found), found.changed) == (expected, 4 - expected)


def test_the_size_of_an_image_belongs_to_its_digest() -> None:
    flat = np.zeros((1, 2, 8, 1), np.uint8)
    assert not np.array_equal(image_digests(flat), image_digests(flat.reshape(1, 4, 4, 1)))
