import numpy as np
from scipy.spatial.distance import cosine

from cae.decoding.decoded_path import decode_path, walk
from cae.decoding.path_check import check_path
from cae.latent.place import place


def test_distances_are_those_of_the_images_encoded_again(digits_study):
    path = decode_path(digits_study, walk(digits_study, [3, 200], 5))
    check = check_path(digits_study, path)
    again = digits_study.model.encode(path.images)
    expected = [cosine(one, other) for one, other in zip(again, path.latents, strict=True)]
    np.testing.assert_allclose(check.distances, expected, atol=1e-5)
    places = place(digits_study.latents, digits_study.projection, again)
    np.testing.assert_allclose(check.places, places)
    assert check.worst == int(np.argmax(expected))
