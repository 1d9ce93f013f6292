import numpy as np
import pytest

from cae.decoding.rendering import LIKELY, Rendering, render
from cae.decoding.spread import deviation_map, draw_spread
from cae.errors import CaeError
from cae.study import steps


@pytest.fixture
def sharp_study(digits_study):
    steps.sharpen(digits_study, epochs=1, width=8)
    return digits_study


def test_draws_are_the_likely_images_of_their_seeds(sharp_study):
    latent = np.asarray(sharp_study.latents[5])
    spread = draw_spread(sharp_study, latent, seed=3, draws=4)
    assert [one.seed for one in spread.renderings] == [3, 4, 5, 6]
    for image, rendering in zip(spread.images, spread.renderings, strict=True):
        alone = render(sharp_study, latent[None], rendering)[0]
        assert np.abs(image.astype(int) - alone).max() <= 1
    assert np.array_equal(spread.mean, sharp_study.model.decode(latent[None])[0])
    assert spread.deviation.mean() > 0


def test_map_is_the_standard_deviation_of_grey_levels():
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 1), dtype=np.uint8)
    np.testing.assert_allclose(deviation_map(images), images[..., 0].std(axis=0), rtol=1e-5)
    grey = images.repeat(3, axis=-1)
    np.testing.assert_allclose(deviation_map(grey), deviation_map(images), rtol=1e-5)
    assert deviation_map(images[:1].repeat(4, axis=0)).max() == 0


def test_likely_images_are_refused_without_a_sharp_decoder(digits_study):
    with pytest.raises(CaeError, match="cae sharpen"):
        render(digits_study, digits_study.latents[:1], Rendering(LIKELY))


@pytest.mark.parametrize("values", [{"kind": "sharp"}, {"seed": -1}, {"steps": 0}])
def test_what_cannot_be_made_is_refused(values):
    with pytest.raises(CaeError):
        Rendering(**values)
