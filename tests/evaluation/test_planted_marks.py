import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from cae.errors import CaeError
from cae.evaluation.planted_marks import line, mark_words, planted_mark_figures, spot
from cae.imageset import ImageSet
from cae.study.study import Study

SIDE, COUNT = 32, 120


class Exact:
    """A model that gives back all it is shown."""

    def encode(self, images):
        return images.reshape(len(images), -1).astype(np.float32)

    def decode(self, latents):
        return latents.reshape(-1, SIDE, SIDE, 1).astype(np.uint8)


class Even(Exact):
    """One that gives back how bright an image is, and nothing more."""

    def decode(self, latents):
        images = super().decode(latents)
        return np.full_like(images, images.mean(axis=(1, 2, 3), keepdims=True))


class Inventing(Exact):
    """One that shows spots everywhere."""

    def decode(self, latents):
        images = super().decode(latents).astype(int)
        images[:, ::6, ::6] += 120
        return np.clip(images, 0, 255).astype(np.uint8)


@pytest.fixture
def ground():
    noise = np.random.default_rng(0).normal(0, 1, (COUNT, SIDE, SIDE, 1))
    return np.clip(np.rint(90 + 3 * gaussian_filter(noise, (0, 1, 1, 0))), 0, 255).astype(np.uint8)


@pytest.fixture
def make(tmp_path, monkeypatch):
    def study(images, **masks):
        rows = np.arange(len(images))
        table = pd.DataFrame(
            {
                "id": [f"image {row}" for row in rows],
                "split": np.where(rows % 3 == 0, "test", "train"),
                "label": None,
                "patient": None,
            }
        )
        found = Study.create(
            tmp_path / "marks", ImageSet(images, table, "marks", "mixed", **masks), source="marks"
        )
        monkeypatch.setattr(Study, "can_encode", True)
        found.__dict__["model"] = Exact()
        return found

    return study


def totals(study, *names):
    rows = planted_mark_figures(study)["rows"]
    return [sum(row[name] for row in rows) for name in names]


def test_profiles_have_their_width_and_length():
    for size in (2, 4):
        middle = spot(size)[8]
        assert middle[8] == 1
        assert middle[8 + size // 2] == pytest.approx(0.5)
        flat, steep = line(size, 0.0), line(size, np.pi / 2)
        assert flat[8 + size // 2, 8] == pytest.approx(0.5)
        assert flat[8].sum() == pytest.approx(12)
        assert np.allclose(flat, steep.T)


def test_an_exact_model_loses_and_invents_nothing(make, ground):
    study = make(ground)
    found = planted_mark_figures(study)
    assert found == planted_mark_figures(study)
    assert (found["images"], len(found["rows"])) == (40, 12)
    for row in found["rows"]:
        assert row["lost"] == row["invented"] == 0
        assert row["decoded_as"] == "mean"
        assert row["seen"] >= 39 or row["contrast"] < 0.2
        assert row["silent"] >= 32
    assert [mark_words(row) for row in found["rows"][:2]] == [
        "spot, 2 px, 10 %",
        "spot, 2 px, 20 %",
    ]


def test_what_is_left_out_is_lost_and_what_is_added_invented(make, ground):
    study = make(ground)
    study.__dict__["model"] = Even()
    seen, lost, invented = totals(study, "seen", "lost", "invented")
    assert lost == seen > 400
    assert invented == 0
    study.__dict__["model"] = Inventing()
    silent, invented = totals(study, "silent", "invented")
    assert invented > 0.3 * silent


def test_what_masks_outline_is_a_mark_too(make, ground):
    masks = np.zeros((COUNT, SIDE, SIDE, 1), np.uint8)
    masks[::2, 10:15, 12:18] = 255
    images = np.where(masks > 0, np.minimum(ground, 195) + 60, ground).astype(np.uint8)
    study = make(images, masks=masks, mask_names=("lesion",))
    *_, row = planted_mark_figures(study)["rows"]
    assert mark_words(row) == "lesion (mask)"
    assert (row["images"], row["seen"], row["lost"], row["invented"]) == (20, 20, 0, 0)
    study.__dict__["model"] = Even()
    *_, row = planted_mark_figures(study)["rows"]
    assert row["lost"] == 20


def test_where_no_mark_can_be_planted_it_is_said(make, ground, monkeypatch):
    study = make(ground)
    with pytest.raises(CaeError, match="need val images and 20 training images"):
        planted_mark_figures(study, split="val")
    study.__dict__["images"] = ground[:, :16, :16]
    with pytest.raises(CaeError, match="smaller than 17 px"):
        planted_mark_figures(study)
    monkeypatch.setattr(Study, "can_encode", False)
    with pytest.raises(CaeError, match="came from elsewhere"):
        planted_mark_figures(study)
