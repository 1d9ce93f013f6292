"""The steps: what each writes, what is redone, and what survives being cut off."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.local.settings import LocalSettings
from cae.methods import new_settings
from cae.methods.contrastive import ContrastiveSettings
from cae.number_text import counted
from cae.progress import Progress, silent
from cae.sources import parse
from cae.storage import sha256_file, write_array, write_json
from cae.study import steps
from cae.study.manifest import MANIFEST
from cae.study.step import MAP_STEPS
from cae.study.study import Study
from tests.conftest import digits_imageset, settings_of

TINY = ContrastiveSettings(
    preset="digits",
    latent=4,
    width=4,
    epochs=2,
    batch=16,
    learning_rate=1e-3,
    seed=3,
    teacher_weight=0,
)


@dataclass
class DigitsSource:
    """A source in memory that counts how often it is read."""

    count: int = 90
    spec: str = "digits"
    loads: list[int] = field(default_factory=list)

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        self.loads.append(1)
        progress(self.count, self.count)
        imageset = digits_imageset(self.count)
        return imageset if limit is None else imageset.limit(limit, seed)


@pytest.fixture(autouse=True)
def quick_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """UMAP compiles for half a minute, and is tested where it is called."""

    def first_axes(latents: np.ndarray, n_neighbors: int, **others: object) -> np.ndarray:
        return (latents[:, :2] * n_neighbors).astype(np.float32)

    monkeypatch.setattr("cae.latent.project.project", first_axes)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return steps.import_images(DigitsSource(), tmp_path / "digits", seed=3)


def started(run: Callable[..., object]) -> list[str]:
    """Return the steps that `run` starts."""
    found: list[str] = []
    run(on_step=found.append)
    return found


def cut_off_after(calls: int) -> Progress:
    """Return a progress that stops the program as Ctrl-C would."""
    seen = []

    def progress(done: int, total: int, message: str = "") -> None:
        seen.append(done)
        if len(seen) == calls:
            raise KeyboardInterrupt

    return progress


def test_import_keeps_images_and_table(study: Study) -> None:
    expected = digits_imageset(90)
    assert np.array_equal(study.images, expected.images)
    assert study.samples["id"].tolist() == expected.table["id"].tolist()
    assert study.manifest["source"] == "digits"
    assert study.seed == 3


def test_import_takes_limit_and_name(tmp_path: Path) -> None:
    study = steps.import_images(DigitsSource(), tmp_path / "d", limit=20, name="Some digits")
    assert len(study) == 20
    assert study.name == "Some digits"
    assert study.parameters("import")["limit"] == 20


def test_import_refuses_a_study_before_reading_anything(study: Study) -> None:
    source = DigitsSource()
    with pytest.raises(CaeError, match="holds a study already"):
        steps.import_images(source, study.path)
    assert not source.loads


def test_failed_import_leaves_nothing(tmp_path: Path) -> None:
    class Broken(DigitsSource):
        def load(
            self,
            progress: Progress = silent,
            limit: int | None = None,
            seed: int = 0,
            scratch: Path | None = None,
        ) -> ImageSet:
            raise CaeError("The file is damaged.")

    with pytest.raises(CaeError, match="damaged"):
        steps.build(Broken(), tmp_path / "d", TINY)
    assert list(tmp_path.iterdir()) == []


def test_build_runs_every_step_once(tmp_path: Path) -> None:
    source, path = DigitsSource(), tmp_path / "d"
    assert started(lambda **how: steps.build(source, path, TINY, **how)) == list(MAP_STEPS)
    study = Study.open(path)
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.verify() == []
    assert study.latents.shape == (90, 4)
    assert started(lambda **how: steps.build(source, path, TINY, **how)) == []
    assert len(source.loads) == 1


def test_changed_settings_redo_what_depends_on_them(tmp_path: Path) -> None:
    study = steps.build(DigitsSource(), tmp_path / "d", TINY)
    plain = settings_of(**{**TINY.to_dict(), "method": "autoencoder"})
    again = started(lambda **how: steps.complete(study, plain, **how))
    assert again == ["train", "encode", "project", "cluster"]
    assert study.method == "autoencoder"


def test_complete_without_settings_keeps_those_of_the_last_training(tmp_path: Path) -> None:
    study = steps.build(DigitsSource(), tmp_path / "d", TINY)
    steps.cluster(study, k=3)
    steps.project(study, n_neighbors=9)
    assert started(lambda **how: steps.complete(study, **how)) == ["cluster"]
    assert study.parameters("cluster")["k"] == 3
    assert study.parameters("project")["n_neighbors"] == 9


def test_prototypes_group_the_images_and_do_so_again(tmp_path: Path) -> None:
    learns = new_settings(**{**TINY.to_dict(), "method": "prototypes", "clusters": 3, "epochs": 2})
    study = steps.build(DigitsSource(), tmp_path / "d", learns)
    prototypes = study.model.prototypes
    assert prototypes.shape == (3, 4)
    steps.cluster(study, prototypes=True)
    distances = np.linalg.norm(np.asarray(study.latents)[:, None] - prototypes, axis=2)
    nearest, clusters = distances.argmin(1), study.clusters["cluster"].to_numpy()
    assert all(len(set(clusters[nearest == number])) <= 1 for number in range(3))
    other = new_settings(**{**learns.to_dict(), "seed": 9})
    steps.complete(study, other)
    assert study.parameters("cluster")["method"] == "prototypes"
    steps.complete(study, TINY)
    assert study.parameters("cluster")["method"] == "hdbscan"


@pytest.mark.parametrize(
    "several",
    [
        {"k": 3, "prototypes": True},
        {"k": 3, "min_cluster_size": 20},
        {"min_cluster_size": 20, "prototypes": True},
    ],
)
def test_images_are_grouped_in_one_way(digits_study: Study, several: dict[str, Any]) -> None:
    before = digits_study.digest("cluster")
    with pytest.raises(CaeError, match="are grouped in one way; choose k"):
        steps.cluster(digits_study, **several)
    assert digits_study.digest("cluster") == before


def test_what_former_versions_noted_beside_k_is_passed_over(digits_study: Study) -> None:
    steps.cluster(digits_study, k=3)
    parameters = digits_study.manifest["steps"]["cluster"]["parameters"]
    parameters["min_cluster_size"] = 40
    write_json(digits_study.path / MANIFEST, digits_study.manifest)
    study = Study.open(digits_study.path)
    with study.step("project", {"seed": 0}) as files:
        write_array(files.add("projection.npy"), -np.array(study.projection))
    steps.complete(study)
    assert study.parameters("cluster")["k"] == 3
    assert study.parameters("cluster")["min_cluster_size"] == 0


def test_a_model_without_prototypes_cannot_group_by_them(tmp_path: Path) -> None:
    study = steps.build(DigitsSource(), tmp_path / "d", TINY)
    with pytest.raises(CaeError, match="has no prototypes"):
        steps.cluster(study, prototypes=True)


def test_clinical_values_come_from_the_table(tmp_path: Path) -> None:
    learns = new_settings(
        **{**TINY.to_dict(), "method": "clinical", "clinical": ["label"], "epochs": 1}
    )
    study = steps.build(DigitsSource(), tmp_path / "d", learns)
    assert steps.is_trained_with(Study.open(study.path), learns)
    unknown = new_settings(**{**learns.to_dict(), "clinical": ["age"]})
    with pytest.raises(CaeError, match="no column 'age'"):
        steps.train(study, unknown)


def test_a_setting_that_came_later_counts_as_its_default(tmp_path: Path) -> None:
    study = steps.build(DigitsSource(), tmp_path / "d", TINY)
    del study.manifest["steps"]["train"]["parameters"]["temperature"]
    assert steps.is_trained_with(study, TINY)


def test_build_refuses_another_source(study: Study) -> None:
    with pytest.raises(CaeError, match="holds a study of 'digits', not of 'npz:other'"):
        steps.build(DigitsSource(spec="npz:other"), study.path, TINY)


def test_a_study_of_a_relative_path_goes_on_from_the_same_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = steps.import_images(DigitsSource(spec="npz:a.npz"), tmp_path / "former")
    assert steps.import_or_open(parse("npz:a.npz"), study.path).path == study.path
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(CaeError, match=f"not of 'npz:{tmp_path}/a.npz'"):
        steps.import_or_open(parse(f"npz:{tmp_path}/a.npz"), study.path)


def test_build_refuses_another_name(study: Study) -> None:
    with pytest.raises(CaeError, match="is called 'digits', not 'others'"):
        steps.build(DigitsSource(), study.path, TINY, name="others")


def test_build_refuses_another_limit(study: Study) -> None:
    with pytest.raises(CaeError, match="imported with all images"):
        steps.build(DigitsSource(), study.path, TINY, limit=5)


def test_training_cut_off_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = steps.import_images(DigitsSource(), tmp_path / "whole")
    steps.train(whole, TINY)
    source, path = DigitsSource(), tmp_path / "cut"
    steps.import_images(source, path)
    cut = Study.open(path)
    with pytest.raises(KeyboardInterrupt):
        steps.train(cut, TINY, cut_off_after(4))
    assert not Study.open(path).is_done("train")
    again = started(lambda **how: steps.build(source, path, TINY, **how))
    assert again == ["train", "encode", "project", "cluster"]
    assert len(source.loads) == 1
    weights, study = "model/model.safetensors", Study.open(path)
    assert sha256_file(study.file(weights)) == sha256_file(whole.file(weights))


def test_encoding_in_pieces_equals_encoding_at_once(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.train(study, TINY)
    monkeypatch.setattr(steps, "ENCODE_CHUNK", 32)
    seen = []
    steps.encode(study, lambda done, total, message="": seen.append((done, total)))
    assert seen == [(32, 90), (64, 90), (90, 90)]
    assert study.latents.dtype == np.float32
    at_once = study.model.encode(np.asarray(study.images))
    np.testing.assert_allclose(study.latents, at_once, rtol=2e-2, atol=2e-2)


def test_encoding_cut_off_keeps_the_former_latents(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.train(study, TINY)
    steps.encode(study)
    before = np.array(study.latents)
    steps.train(study, replace(TINY, seed=9))
    monkeypatch.setattr(steps, "ENCODE_CHUNK", 32)
    with pytest.raises(KeyboardInterrupt):
        steps.encode(study, cut_off_after(2))
    np.testing.assert_array_equal(study.latents, before)
    assert study.is_done("encode") and study.cut_off == ["encode"]
    assert not list(study.path.rglob(".latents*"))


def test_cluster_by_k_means(digits_study: Study) -> None:
    steps.cluster(digits_study, k=5)
    assert sorted(digits_study.clusters["cluster"].unique()) == [0, 1, 2, 3, 4]
    assert digits_study.parameters("cluster")["method"] == "kmeans"


def test_cluster_by_hdbscan_labels_every_image(digits_study: Study) -> None:
    steps.cluster(digits_study)
    assert len(digits_study.clusters) == len(digits_study)
    assert digits_study.parameters("cluster")["method"] == "hdbscan"


@pytest.mark.parametrize("k", [1, 361])
def test_cluster_refuses_impossible_numbers(digits_study: Study, k: int) -> None:
    with pytest.raises(CaeError, match=f"{counted(k, 'cluster')} cannot be made of 360 images"):
        steps.cluster(digits_study, k=k)
    assert digits_study.is_current("cluster")


@pytest.mark.parametrize("setting", ["architecture", "preset"])
def test_unknown_names_are_refused_before_anything_is_marked(study: Study, setting: str) -> None:
    settings = new_settings(**{**TINY.to_dict(), setting: "wizardry"})
    with pytest.raises(CaeError, match=f"no {setting} 'wizardry'; choose one of"):
        steps.train(study, settings)
    assert study.parameters("train") == {}


def test_a_study_in_use_is_refused(digits_study: Study) -> None:
    with (
        FileLock(digits_study.path / ".lock"),
        pytest.raises(CaeError, match="Another process is working on the study"),
    ):
        steps.cluster(digits_study)
    steps.cluster(digits_study, k=2)


def test_scratch_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    study = steps.build(DigitsSource(), tmp_path / "d", TINY)
    for scratch in (study.path / ".latents.npy.ab12_xyz", study.path / "maps/.x.json.abcdefgh"):
        scratch.mkdir(parents=True)
        (scratch / "half").write_bytes(b"half")
    steps.complete(study, TINY)
    assert not list(study.path.rglob("half"))


def test_default_settings_follow_the_kind_of_image_and_their_number(study: Study) -> None:
    settings = steps.default_settings(study)
    assert (settings.preset, settings.seed, settings.epochs) == ("digits", 3, 150)
    assert steps.default_settings(study, epochs=7).epochs == 7
    assert steps.default_settings(study, "local").epochs == LocalSettings().epochs


def test_pending_names_what_is_missing(study: Study) -> None:
    assert steps.pending(study) == ["train", "encode", "project", "cluster"]


TINY_LOCAL = LocalSettings(width=4, embedding=6, regions=3, epochs=2, patch_share=0.5, batch=16)


def test_a_local_model_is_trained_beside_the_map(study: Study) -> None:
    with study.step("train", {}) as files:
        files.add("model/model.json").write_text("of another step")
    begun = started(lambda **how: steps.complete(study, TINY_LOCAL, **how))
    assert begun == ["local", "areas"]
    assert study.is_current("train") and study.is_current("areas")
    assert study.verify() == []
    assert study.areas.shape == (90, 3)
    np.testing.assert_allclose(study.areas.sum(axis=1), 1, rtol=1e-5)
    assert steps.last_settings(study, "local") == TINY_LOCAL
    assert steps.pending(study) == ["encode", "project", "cluster"]


def test_a_local_model_is_trained_again_only_with_other_settings(study: Study) -> None:
    steps.complete(study, TINY_LOCAL)
    assert started(lambda **how: steps.complete(study, TINY_LOCAL, **how)) == []
    changed = replace(TINY_LOCAL, regions=2)
    assert started(lambda **how: steps.complete(study, changed, **how)) == ["local", "areas"]
    assert study.areas.shape == (90, 2)


def test_a_local_training_that_was_cut_off_ends_as_if_it_was_not(
    study: Study, tmp_path: Path
) -> None:
    whole = steps.import_images(DigitsSource(), tmp_path / "whole", seed=3)
    steps.train(whole, TINY_LOCAL)
    with pytest.raises(KeyboardInterrupt):
        steps.train(study, TINY_LOCAL, cut_off_after(6))
    assert not study.is_done("local")
    assert (study.history_file("local").parent / "checkpoint.pt").exists()
    steps.train(study, TINY_LOCAL)
    assert study.digest("local").split("+")[0] == whole.digest("local").split("+")[0]


def test_shapes_guide_a_training(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    folder.mkdir()
    for number in range(3):
        mask = np.zeros((28, 28), np.uint8)
        mask[5 + number : 15, 5:15] = 255
        Image.fromarray(mask).save(folder / f"{number}.png")
    steps.train(study, replace(TINY_LOCAL, shape=str(folder)))
    history = study.history_file("local").read_text()
    assert "train_shape" in history and "train_discriminator" in history
    assert study.local_model.settings.shape == str(folder)


SHARP = {"epochs": 3, "width": 8, "batch": 30}


def test_sharpening_goes_on_where_it_was_cut_off_to_the_same_weights(tmp_path: Path) -> None:
    weights = []
    for name, stop in (("whole", None), ("cut", 4)):
        study = steps.build(DigitsSource(), tmp_path / name, TINY)
        if stop:
            with pytest.raises(KeyboardInterrupt):
                steps.sharpen(study, cut_off_after(stop), **SHARP)
            assert not study.is_sharpened
            steps.sharpen(study)
        else:
            steps.sharpen(study, **SHARP)
        assert study.parameters("sharpen")["epochs"] == 3
        assert study.verify() == []
        weights.append(study.file("sharp/model.safetensors").read_bytes())
    assert weights[0] == weights[1]


def test_a_sharp_decoder_belongs_to_the_latents_it_was_trained_for(tmp_path: Path) -> None:
    study = steps.build(DigitsSource(), tmp_path / "d", TINY)
    with pytest.raises(CaeError, match="cae sharpen"):
        _ = study.sharp_model
    steps.sharpen(study, **SHARP)
    means = study.model.decode(study.latents[:3])
    assert study.sharp_model.likely(study.latents[:3], means, seed=0).shape == means.shape
    steps.train(study, replace(TINY, seed=4))
    assert study.is_sharpened
    steps.encode(study)
    assert not study.is_sharpened
    with pytest.raises(CaeError, match="cae sharpen"):
        _ = study.sharp_model
