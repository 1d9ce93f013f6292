import numpy as np
import pytest

from cae.decoding import direction_between as module
from cae.decoding.direction_between import direction_between
from cae.errors import CaeError


def test_it_leads_from_the_mean_of_one_group_to_that_of_the_other(digits_study):
    first, second = np.arange(0, 100), np.arange(100, 360)
    found = direction_between(digits_study, "early", first, second, towards="A", away="B")
    latents = np.asarray(digits_study.latents, dtype=np.float64)
    way = latents[first].mean(axis=0) - latents[second].mean(axis=0)
    unit = way / np.linalg.norm(way)
    assert found.vector == pytest.approx(unit * (latents @ unit).std(), abs=1e-4)
    assert found.name == "early"
    assert (found.facts["towards"], found.facts["away"]) == ("A", "B")
    assert found.facts["images"] == [100, 260]


def test_of_many_images_an_even_sample_is_looked_at(digits_study, monkeypatch):
    monkeypatch.setattr(module, "_MOST_IMAGES", 10)
    found = direction_between(digits_study, "", np.arange(91), np.arange(100, 105))
    assert found.facts["images"] == [10, 5]


def test_a_group_without_images_is_a_sentence(digits_study):
    with pytest.raises(CaeError, match="holds no image"):
        direction_between(digits_study, "", np.arange(0), np.arange(5))
