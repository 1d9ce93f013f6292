import numpy as np
import pytest

from cae.decoding.lookup import fit_to_study, look_up_image, look_up_latent
from cae.errors import CaeError
from cae.storage import write_array
from cae.study.study import Study


@pytest.fixture
def study(digits_study: Study) -> Study:
    """The latents are those of the study's own model."""
    latents = digits_study.model.encode(np.asarray(digits_study.images))
    with digits_study.step("encode", {}) as files:
        write_array(files.add("latents.npy"), latents)
    with digits_study.step("project", {}) as files:
        write_array(files.add("projection.npy"), latents[:, :2])
    return Study.open(digits_study.path)


def test_an_image_of_the_study_is_found_where_it_is(study):
    image = fit_to_study(study, np.asarray(study.images[17]))
    found = look_up_image(study, image, 5)
    assert found.rows[0] == 17
    assert found.distances[0] < 1e-5
    assert (np.diff(found.distances) >= 0).all()
    np.testing.assert_allclose(found.position, study.projection[17], atol=1e-2)
    np.testing.assert_allclose(found.latent, study.latents[17], atol=1e-4)


def test_other_sizes_and_colours_are_fitted(study):
    colours = np.random.default_rng(0).integers(0, 256, (40, 70, 3), np.uint8)
    assert fit_to_study(study, colours).shape == study.images.shape[1:]
    assert fit_to_study(study, colours[..., 0]).shape == study.images.shape[1:]


def test_a_latent_is_found_without_a_map(study):
    del study.manifest["steps"]["project"]
    found = look_up_latent(study, study.latents[3] * 2, 4)
    assert found.rows[0] == 3
    assert found.position is None


def test_a_latent_of_another_model_is_refused(study):
    with pytest.raises(CaeError, match="latents of this study"):
        look_up_latent(study, np.ones(3))
