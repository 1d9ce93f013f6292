import numpy as np

from cae.decoding.difference import difference_picture


def test_brighter_is_red_darker_is_blue_and_the_same_is_neutral():
    reference = np.full((1, 3, 1), 100, dtype=np.uint8)
    image = np.array([[[180], [20], [100]]], dtype=np.uint8)
    brighter, darker, same = difference_picture(image, reference, 80)[0].tolist()
    assert (brighter, darker, same) == ([178, 24, 43], [33, 102, 172], [247, 247, 247])


def test_larger_changes_than_the_limit_have_its_colour_and_half_has_half_of_it():
    reference = np.zeros((1, 2, 3), dtype=np.uint8)
    image = np.array([[[200, 200, 200], [20, 20, 20]]], dtype=np.uint8)
    large, half = difference_picture(image, reference, 40)[0]
    assert large.tolist() == [178, 24, 43]
    assert np.abs(half - (np.array([178, 24, 43]) + 247) / 2).max() <= 1
