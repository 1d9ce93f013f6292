from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.cohorts import compare
from cae.cohorts.selection import Selection
from cae.decoding.decoded_path import decode_path, walk
from cae.decoding.decoded_sample import decode_samples
from cae.decoding.lookup import look_up_image
from cae.errors import CaeError
from cae.evaluation import measure
from cae.evaluation.held_out import is_held_out
from cae.export.cohort import CohortExport, export_cohort
from cae.methods.decoder import DecoderSettings
from cae.sources.choices import Choices
from cae.sources.npz import NpzSource
from cae.storage import write_array
from cae.study import steps
from cae.study.append import append
from cae.study.brought import Brought, bring_latents, holds, told
from cae.study.roles import change_roles
from cae.study.study import Study
from cae.study.verify import verify
from tests.conftest import COUNT, build_digits_study

QUICK = DecoderSettings(width=4, epochs=2)


def write_vectors(path: Path, study: Study, seed: int = 0) -> Path:
    """A table of 40 numbers per image, linear in the pixels, in another order than the study's."""
    random = np.random.default_rng(seed)
    pixels = study.images.reshape(len(study), -1)[:, ::5] / 255
    vectors = pixels @ random.normal(size=(pixels.shape[1], 40))
    table = pd.DataFrame(vectors).add_prefix("f").assign(id=study.samples["id"])
    table.sample(frac=1, random_state=seed).to_parquet(path)
    return path


def draw_quickly(study: Study, **settings) -> None:
    """Stand in for UMAP, which takes half a minute to compile."""
    with study.step("project", {"seed": 0}) as files:
        write_array(files.add("projection.npy"), np.array(study.latents[:, :2]))


@pytest.fixture(autouse=True)
def _quick_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "project", draw_quickly)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    """A study that had a model, then vectors, with a map of them."""
    folder = tmp_path_factory.mktemp("brought")
    study = build_digits_study(folder / "digits")
    file = write_vectors(folder / "v.parquet", study)
    bring_latents(study, Brought(file))
    draw_quickly(study)
    steps.complete(study)
    return study, file


@pytest.fixture
def study(made, tmp_path: Path) -> Study:
    import shutil

    return Study.open(shutil.copytree(made[0].path, tmp_path / "digits"))


@pytest.fixture
def file(made) -> Path:
    return made[1]


def test_row_i_has_the_vector_of_image_i(study, file):
    table = pd.read_parquet(file).set_index("id").loc[study.samples["id"]]
    expected = table.to_numpy() / np.linalg.norm(table.to_numpy(), axis=1, keepdims=True)
    np.testing.assert_allclose(study.latents, expected, rtol=1e-5, atol=1e-6)
    assert study.latent_space.semantic == 40
    assert "40 numbers per image from v.parquet, unit length" in told(study)


def test_map_and_clusters_follow_at_once_without_a_model(study):
    assert steps.pending(study) == []
    assert (study.can_encode, study.can_decode, study.method) == (False, False, None)
    assert study.projection.shape == (COUNT, 2)
    assert verify(study) == []
    assert Study.open(study.path).map_steps == ("import", "encode", "project", "cluster")


def test_what_needs_no_model_works_and_what_needs_one_says_so(study, tmp_path):
    rows = np.arange(12)
    selection = Selection.empty().combine(rows, "replace", {"kind": "rows"})
    cohort = study.cohorts.save("some", selection)
    assert export_cohort(study, CohortExport(cohort), tmp_path / "some.zip").exists()
    assert len(compare(study, "cohort:some").table())
    figures = measure(study)
    assert figures["knn_accuracy"] > 0.5
    assert figures["psnr_db"] is None
    assert figures["density"] is None
    for decode in (
        lambda: decode_path(study, walk(study, [0, 1], steps=3)),
        lambda: decode_samples(study, rows, {"kind": "selection"}, 2, seed=0),
    ):
        with pytest.raises(CaeError, match=r"no decoder yet.* cae train .* --method decoder"):
            decode()
    with pytest.raises(CaeError, match="only by what made them"):
        look_up_image(study, study.images[0])


def test_a_decoder_makes_paths_and_samples_work(study):
    steps.complete(study, QUICK)
    assert (study.can_encode, study.can_decode, study.method) == (False, True, "decoder")
    path = decode_path(study, walk(study, [0, 50], steps=5))
    np.testing.assert_allclose(np.linalg.norm(path.latents, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(path.images[0], study.model.decode(study.latents[:1])[0])
    assert len(decode_samples(study, np.arange(30), {"kind": "selection"}, 3, seed=0)) == 3
    figures = measure(study)
    assert figures["psnr_db"] > 14
    assert figures["midpoint_cosine"] is None
    assert verify(study) == []
    with pytest.raises(CaeError, match="only by what made them"):
        study.model.encode(study.images[:1])


def test_a_decoder_is_not_used_for_other_vectors(study, tmp_path):
    steps.complete(study, QUICK)
    other = write_vectors(tmp_path / "other.parquet", study, seed=1)
    bring_latents(study, Brought(other))
    assert not study.can_decode
    assert study.outdated() == ["project", "cluster", "decoder"]
    with pytest.raises(CaeError, match="no decoder yet"):
        _ = study.model


def test_the_same_file_is_known_and_another_is_not(study, file, tmp_path):
    assert holds(study, Brought(file))
    assert not holds(study, Brought(file, "standard"))
    assert not holds(study, Brought(write_vectors(tmp_path / "o.parquet", study, seed=1)))


@pytest.mark.parametrize(
    ("asked", "is_outdated"),
    [
        ({}, True),
        ({"scaling": "standard"}, True),
        ({"scaling": "unit", "components": 4}, True),
        ({"scaling": "unit"}, False),
        ({"scaling": "none"}, False),
    ],
)
def test_what_was_fitted_to_training_images_is_outdated_by_other_ones(
    study, file, asked, is_outdated
):
    brought = Brought(file, **asked)
    bring_latents(study, brought)
    change_roles(study, Choices(label="none"))
    assert study.is_current("encode")
    assert holds(study, brought)
    change_roles(study, Choices(split="none"))
    assert ("encode" in study.outdated()) == is_outdated
    assert holds(study, brought) != is_outdated
    assert is_held_out(study) != is_outdated
    if is_outdated:
        with pytest.raises(CaeError, match=f"run: cae build .* --latents {file.name}"):
            steps.complete(study)
        bring_latents(study, brought)
        assert study.is_current("encode")


def test_a_model_that_encodes_takes_the_latents_place_again(study):
    steps.complete(study, QUICK)
    settings = steps.last_settings(study)
    assert settings.method == "contrastive"
    steps.complete(study, settings)
    assert study.brought is None
    assert study.latents.shape[1] == settings.latent
    assert not study.is_done("decoder")
    assert study.can_encode


def test_a_file_that_does_not_fit_leaves_the_study_as_it_was(study, tmp_path):
    before = np.array(study.latents), study.digest("cluster")
    np.save(tmp_path / "few.npy", np.zeros((3, 4)))
    with pytest.raises(CaeError, match="3 vectors for 360 images"):
        bring_latents(study, Brought(tmp_path / "few.npy"))
    again = Study.open(study.path)
    np.testing.assert_array_equal(again.latents, before[0])
    assert again.digest("cluster") == before[1]
    assert steps.pending(again) == []


def test_images_cannot_be_added_without_their_vectors(study, tmp_path):
    np.savez(tmp_path / "more.npz", train_images=np.zeros((3, 28, 28), np.uint8))
    with pytest.raises(CaeError, match="only where theirs come, too"):
        append(study, NpzSource(tmp_path / "more.npz"))


@pytest.mark.parametrize("wrong", [{"scaling": "odd"}, {"components": 1}, {"components": -1}])
def test_other_scalings_are_refused(wrong):
    with pytest.raises(CaeError):
        Brought(Path("v.npy"), **wrong)
