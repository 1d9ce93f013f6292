import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from cae.errors import CaeError
from cae.local.model import LocalModel
from cae.local.settings import LocalSettings
from cae.model import to_tensor

SETTINGS = LocalSettings(width=4, embedding=6, regions=3)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def images(channels=1, side=28, count=5):
    return np.random.default_rng(0).integers(0, 256, (count, side, side, channels), np.uint8)


@pytest.mark.parametrize(("channels", "side"), [(1, 28), (3, 32), (1, 45)])
def test_every_pixel_gets_an_embedding_and_shares(channels, side):
    some = images(channels, side)
    found = LocalModel.for_images(some, SETTINGS).pixels(some)
    assert found.embeddings.shape == (5, side, side, 6)
    assert found.regions.shape == (5, side, side, 3)
    np.testing.assert_allclose(np.linalg.norm(found.embeddings, axis=3), 1, atol=1e-5)
    np.testing.assert_allclose(found.regions.sum(3), 1, atol=1e-5)


def test_chunks_do_not_matter(monkeypatch):
    model = LocalModel.for_images(images(), SETTINGS)
    whole = model.pixels(images())
    monkeypatch.setattr("cae.local.model._CHUNK_PIXELS", 2 * 28 * 28)
    told = []
    parts = model.pixels(images(), lambda done, total, message="": told.append((done, total)))
    np.testing.assert_allclose(parts.regions, whole.regions, atol=1e-5)
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_mirror_image_has_mirrored_regions_where_views_were_mirrored():
    model = LocalModel.for_images(images(), SETTINGS)
    assert model.has_moves
    regions = model.pixels(images()).regions
    of_mirrored = model.pixels(images()[:, :, ::-1].copy()).regions
    np.testing.assert_allclose(of_mirrored[:, :, ::-1], regions, atol=1e-5)
    upright = LocalModel.for_images(images(), replace(SETTINGS, preset="upright"))
    assert not upright.has_moves
    straight = upright.pixels(images()).regions
    mirrored = upright.pixels(images()[:, :, ::-1].copy()).regions[:, :, ::-1]
    assert np.abs(straight - mirrored).max() > 1e-3


def test_embeddings_alone_are_those_of_pixels():
    model = LocalModel.for_images(images(), SETTINGS)
    np.testing.assert_allclose(
        model.embeddings(images()), model.pixels(images()).embeddings, atol=1e-5
    )
    with pytest.raises(CaeError, match="1 channels"):
        model.embeddings(images(3))


def test_patches_are_means_of_pixels_that_weigh_more_in_the_middle():
    model = LocalModel.for_images(images(), SETTINGS)
    found = model.patches(images())
    grid, spread = SETTINGS.grid, SETTINGS.centre_spread
    place = np.abs((np.arange(28) + 0.5) * grid / 28 % 1 - 0.5)
    weights = np.exp(-(place**2) / (2 * spread**2))
    weighted = model.embeddings(images()) * weights[:, None, None] * weights[:, None]
    assert found.shape == (5, grid**2 * SETTINGS.embedding)
    for at, (row, column) in enumerate(np.ndindex(grid, grid)):
        lines, columns = (
            slice(part * 28 // grid, -(-(part + 1) * 28 // grid)) for part in (row, column)
        )
        mean = weighted[:, lines, columns].mean((1, 2))
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        own = found[:, at * SETTINGS.embedding : (at + 1) * SETTINGS.embedding]
        np.testing.assert_allclose(own, mean, atol=1e-4)


def test_what_is_saved_is_read_back_but_for_half_precision(tmp_path):
    model = LocalModel.for_images(images(), SETTINGS)
    model.save(tmp_path)
    stored = load_file(tmp_path / "model.safetensors")
    kinds = {array.dtype.name for array in stored.values() if array.ndim == 4}
    assert kinds == {"float16"}
    read = LocalModel.load(tmp_path)
    assert read.settings == SETTINGS and read.network == model.network
    np.testing.assert_allclose(
        read.pixels(images()).regions, model.pixels(images()).regions, atol=0.02
    )
    assert next(read.module.network.parameters()).dtype == torch.float32


def test_a_shape_is_no_part_of_the_saved_model(tmp_path):
    shapes = images()[..., 0]
    model = LocalModel.for_images(images(), SETTINGS, shapes)
    torch.testing.assert_close(model.module.shapes, to_tensor(shapes[..., None]))
    model.save(tmp_path)
    assert LocalModel.load(tmp_path).module.discriminator is None


def test_images_that_cannot_be_turned_are_refused():
    with pytest.raises(CaeError, match="squares"):
        LocalModel.for_images(images()[:, :20], SETTINGS)


def test_other_channels_and_damaged_files_are_refused(tmp_path):
    model = LocalModel.for_images(images(), SETTINGS)
    with pytest.raises(CaeError, match="1 channels"):
        model.pixels(images(3))
    model.save(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(CaeError, match="train anew"):
        LocalModel.load(tmp_path)
    description = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps({**description, "format": 99}))
    with pytest.raises(CaeError, match="format 99"):
        LocalModel.load(tmp_path)
