"""Vectors that are made where an engine asks, here in threads, against those made here."""

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import engine
from cae.sources.engine import using
from cae.storage import read_array
from cae.study import elsewhere, steps
from cae.study.elsewhere import answer, parts_of
from cae.study.embed import LATENTS, embed
from cae.study.study import Study
from tests.conftest import build_digits_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return build_digits_study(tmp_path_factory.mktemp("studies") / "digits", 90)


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """An engine that asks in threads of this process."""
    monkeypatch.setitem(engine.ENGINES, "threads", "cae.sources.readers:Readers")
    monkeypatch.setattr(steps, "ENCODE_CHUNK", 32)
    yield
    elsewhere._encoder.cache_clear()
    elsewhere._network.cache_clear()


def vectors(file):
    with np.load(file) as found:
        return found["embeddings"]


def test_parts_follow_one_another_to_the_end():
    assert parts_of(90, 32) == [(0, 32), (32, 64), (64, 90)]
    assert parts_of(90, 32, 64) == [(64, 90)]
    assert parts_of(64, 32, 64) == []


def test_latents_are_those_made_here(study):
    steps.encode(study)
    expected, done = np.array(study.latents), []
    with using("threads"):
        steps.encode(study, lambda one, total, message="": done.append((one, total)))
    assert done == [(32, 90), (64, 90), (90, 90)]
    np.testing.assert_allclose(np.array(study.latents), expected, rtol=1e-5, atol=1e-6)


def test_what_a_network_says_is_what_it_says_here(study, tmp_path):
    with using("threads"):
        embed(study, LATENTS, tmp_path / "elsewhere.npz")
    embed(study, LATENTS, tmp_path / "here.npz")
    np.testing.assert_array_equal(vectors(tmp_path / "elsewhere.npz"), study.latents)
    np.testing.assert_array_equal(vectors(tmp_path / "here.npz"), study.latents)


def test_an_answer_is_the_vectors_of_some_rows(study):
    asked = {"study": str(study.path), "network": LATENTS, "start": 3, "stop": 5}
    ((header, content),) = answer(asked)
    assert header == {}
    assert content == np.ascontiguousarray(study.latents[3:5]).tobytes()


def test_what_goes_wrong_elsewhere_is_a_sentence(study, tmp_path, monkeypatch):
    # As on a machine that does not see the study's folder.
    monkeypatch.setattr(elsewhere, "read_array", lambda path: read_array(tmp_path / path.name))
    expected = np.array(study.latents)
    with using("threads"), pytest.raises(CaeError, match="'threads' could not describe") as caught:
        steps.encode(study)
    assert f"{tmp_path / 'images.npy'} does not exist" in str(caught.value)
    assert str(caught.value).endswith(".") and not str(caught.value).endswith("..")
    np.testing.assert_array_equal(Study.open(study.path).latents, expected)
