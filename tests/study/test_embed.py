import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cae.decoding.rendering import LIKELY, Rendering, render
from cae.errors import CaeError
from cae.methods.decoder import DecoderSettings
from cae.sources.vectors import read_vectors
from cae.study import embed as embedding
from cae.study import steps
from cae.study.embed import embed, embed_latents
from cae.study.study import Study
from cae.training import teacher
from tests.conftest import add_local_model, digits_imageset

COUNT = 40


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study.create(tmp_path / "embedded", digits_imageset(COUNT), source="digits")


def test_the_file_holds_what_the_network_says_of_each_image(study, tmp_path):
    embed(study, "lite0", tmp_path / "lite0.npz")
    with np.load(tmp_path / "lite0.npz", allow_pickle=False) as found:
        assert found["ids"].tolist() == study.samples["id"].tolist()
        rows = np.array([3, 17, 39])
        expected = teacher.pooled_features(study.images, rows, 112)
        np.testing.assert_allclose(found["embeddings"][rows], expected, rtol=1e-3, atol=1e-4)
    read = read_vectors(tmp_path / "lite0.npz", [study.samples["id"][::-1].tolist()])
    np.testing.assert_allclose(read.array[COUNT - 1 - rows], expected, rtol=1e-3, atol=1e-4)
    assert not list((study.path / "embeddings").iterdir())


def test_a_parquet_file_holds_the_same_as_an_npz_file(study, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "_GROUP_ROWS", 7)
    for name in ("lite0.npz", "lite0.parquet"):
        embed(study, "lite0", tmp_path / name)
    found = pq.read_table(tmp_path / "lite0.parquet")
    with np.load(tmp_path / "lite0.npz", allow_pickle=False) as expected:
        assert found["id"].to_pylist() == expected["ids"].tolist()
        vectors = np.stack(found["embeddings"].to_numpy())
        np.testing.assert_array_equal(vectors, expected["embeddings"])
    assert pq.ParquetFile(tmp_path / "lite0.parquet").num_row_groups == -(-len(study) // 7)
    keys = [study.samples["id"].tolist()]
    np.testing.assert_array_equal(
        read_vectors(tmp_path / "lite0.parquet", keys).array,
        read_vectors(tmp_path / "lite0.npz", keys).array,
    )


def test_the_latents_of_a_study_are_written_as_they_are(digits_study, tmp_path):
    study = Study.open(shutil.copytree(digits_study.path, tmp_path / "copy"))
    embed(study, "latents", tmp_path / "latents.parquet")
    read = read_vectors(tmp_path / "latents.parquet", [study.samples["id"][::-1].tolist()])
    np.testing.assert_array_equal(read.array, study.latents[::-1])
    with pytest.raises(CaeError, match="latents are the study's already"):
        embed_latents(study, "latents")


def test_what_was_cut_off_goes_on(study, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "_CHUNK", 16)
    asked = []

    def some(images, rows, side):
        asked.append(rows.tolist())
        if len(asked) == 3:
            raise KeyboardInterrupt
        return np.repeat(rows[:, None], 1280, axis=1).astype(np.float32)

    monkeypatch.setattr(teacher, "pooled_features", some)
    with pytest.raises(KeyboardInterrupt):
        embed(study, "lite0", tmp_path / "lite0.npz")
    assert not (tmp_path / "lite0.npz").exists()
    embed(Study.open(study.path), "lite0", tmp_path / "lite0.npz")
    assert [rows[0] for rows in asked] == [0, 16, 32, 32]
    with np.load(tmp_path / "lite0.npz") as found:
        np.testing.assert_array_equal(found["embeddings"][:, 7], np.arange(COUNT))


def test_a_study_without_latents_takes_them_and_one_with_does_not(study, digits_study):
    embed_latents(study, "lite0")
    assert study.brought["numbers"] == 1280
    np.testing.assert_allclose(np.linalg.norm(study.latents, axis=1), 1, rtol=1e-5)
    with pytest.raises(CaeError, match="has latents already"):
        embed_latents(digits_study, "lite0")


def test_the_local_model_says_what_patches_show_and_can_be_decoded_and_sharpened(study):
    with pytest.raises(CaeError, match="cae train .* --method local"):
        embed_latents(study, "local")
    add_local_model(study)
    embed_latents(study, "local")
    assert study.brought["numbers"] == 8 * 8 * 6
    rows = np.array([3, 17, 39])
    expected = study.local_model.patches(study.images[rows])
    np.testing.assert_allclose(study.latents[rows], expected / 8, rtol=1e-3, atol=1e-4)
    with pytest.raises(CaeError, match="--method decoder"):
        steps.sharpen(study, epochs=1, width=8)
    assert study.unfinished("sharpen") is None
    steps.train(study, DecoderSettings(width=4, epochs=1))
    steps.sharpen(study, epochs=1, width=8, batch=8)
    assert study.is_sharpened
    latents = np.asarray(study.latents[:3])
    likely = render(study, latents, Rendering(LIKELY, seed=1))
    assert likely.shape == study.images[:3].shape
    assert not np.array_equal(likely, study.model.decode(latents))
    steps.train(study, DecoderSettings(width=4, epochs=1, seed=1))
    assert not study.is_sharpened


@pytest.mark.parametrize(("model", "file"), [("dino", "x.npz"), ("lite0", "x.npy")])
def test_what_is_not_offered_is_refused(study, tmp_path, model, file):
    with pytest.raises(CaeError):
        embed(study, model, tmp_path / file)
