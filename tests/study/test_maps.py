import json
import shutil

import numpy as np
import pytest

from cae.errors import CaeError
from cae.latent.principal import principal_projection
from cae.storage import write_array, write_json
from cae.study import maps
from cae.study.maps import AT_ONCE, MAP, Projection, umap_projection
from cae.study.study import Study


@pytest.fixture
def quick_umap(monkeypatch):
    """Random places instead of UMAP's, which takes its time; it notes how it was called."""
    calls = []

    def project(latents, dimensions, progress, graph, **settings):
        calls.append(settings)
        progress(100, 100, "")
        return np.random.default_rng(0).random((len(latents), dimensions), dtype=np.float32)

    monkeypatch.setattr("cae.latent.project.project", project)
    return calls


def test_the_map_and_principal_components_are_there_at_once(digits_study):
    assert maps.list_projections(digits_study) == list(AT_ONCE)
    assert np.array_equal(maps.positions(digits_study, MAP), digits_study.projection)
    for dimensions in (2, 3):
        found = maps.positions(digits_study, Projection(dimensions))
        assert np.array_equal(found, principal_projection(digits_study.latents, dimensions))


def copy_of(study, name):
    return Study.open(shutil.copytree(study.path, study.path.parent / name))


def test_maps_of_other_models_of_the_same_images_are_offered(digits_study):
    other = copy_of(digits_study, "other")
    turned = np.ascontiguousarray(np.asarray(other.projection)[:, ::-1])
    with other.step("project", {}) as files:
        write_array(files.add("projection.npy"), turned)
    (found,) = maps.list_projections(digits_study)[len(AT_ONCE) :]
    assert found.name == "map-of-other"
    assert found.title == "The map of other (contrastive)"
    np.testing.assert_array_equal(maps.positions(digits_study, found), turned)
    (back,) = maps.list_projections(other)[len(AT_ONCE) :]
    assert back.study == digits_study.path.name


def test_a_map_drawn_anew_is_another_projection(digits_study):
    other = copy_of(digits_study, "other")
    before = maps.list_projections(digits_study)
    larger = 2 * np.asarray(other.projection)
    with other.step("project", {}) as files:
        write_array(files.add("projection.npy"), larger)
    after = maps.list_projections(digits_study)
    assert before[-1].name == after[-1].name
    assert before[-1] != after[-1]


def test_studies_of_other_images_without_a_map_or_damaged_are_not_offered(digits_study):
    fewer, unfinished, damaged = (copy_of(digits_study, name) for name in "abc")
    reversed_images = np.ascontiguousarray(np.asarray(fewer.images)[::-1])
    with fewer.step("import", {}) as files:
        write_array(files.add("images.npy"), reversed_images)
    unfinished.manifest["steps"].pop("project")
    write_json(unfinished.path / "study.json", unfinished.manifest)
    (damaged.path / "study.json").write_text("{}")
    assert maps.list_projections(digits_study) == list(AT_ONCE)


def test_a_map_by_other_settings_is_kept(digits_study, quick_umap):
    wanted = umap_projection(15, 0.5)
    heard = []
    maps.keep_projection(digits_study, wanted, lambda *moment: heard.append(moment))
    assert heard
    assert quick_umap == [{"seed": 0, "n_neighbors": 15, "min_dist": 0.5}]
    assert maps.list_projections(digits_study) == [*AT_ONCE, wanted]
    assert maps.positions(digits_study, wanted).shape == (len(digits_study), 2)


def test_a_map_in_space_lies_about_the_origin(digits_study, quick_umap):
    wanted = umap_projection(15, 0.5, 3)
    maps.keep_projection(digits_study, wanted)
    found = maps.positions(digits_study, wanted)
    assert found.shape == (len(digits_study), 3)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)


def test_maps_of_former_latents_are_left_out_and_then_removed(digits_study, quick_umap):
    old, new = umap_projection(15, 0.5), umap_projection(50, 0)
    maps.keep_projection(digits_study, old)
    with digits_study.step("encode", {}) as files:
        latents = np.asarray(digits_study.latents)[:, ::-1] * 2
        write_array(files.add("latents.npy"), latents)
    assert maps.list_projections(digits_study) == list(AT_ONCE)
    maps.keep_projection(digits_study, new)
    assert maps.list_projections(digits_study) == [*AT_ONCE, new]
    names = sorted(path.name for path in (digits_study.path / "maps").iterdir())
    assert names == ["umap-50-0.json", "umap-50-0.npy"]


def test_names_and_titles_tell_settings_apart():
    all_of_them = [*AT_ONCE, umap_projection(5, 0.1), umap_projection(5, 0.1, 3)]
    assert [p.name for p in all_of_them] == ["map", "pca", "pca-3d", "umap-5-0.1", "umap-5-0.1-3d"]
    assert len({p.title for p in all_of_them}) == len(all_of_them)


@pytest.mark.parametrize("settings", [(1, 0.1), (1001, 0.1), (5, -0.1), (5, 1.1), (5, 0.1, 4)])
def test_settings_out_of_range_are_refused_in_a_sentence(settings):
    with pytest.raises(CaeError, match=r"\.$"):
        umap_projection(*settings)


def test_a_damaged_map_is_told_in_a_sentence(digits_study, quick_umap):
    wanted = umap_projection(15, 0.5)
    with pytest.raises(CaeError, match="does not exist"):
        maps.positions(digits_study, wanted)
    maps.keep_projection(digits_study, wanted)
    write_array(digits_study.path / "maps" / "umap-15-0.5.npy", np.zeros((3, 2), np.float32))
    with pytest.raises(CaeError, match="damaged"):
        maps.positions(digits_study, wanted)


@pytest.mark.parametrize("content", ["nothing", "[]", json.dumps({"latents": "other"})])
def test_notes_that_cannot_be_read_leave_the_map_out(digits_study, quick_umap, content):
    maps.keep_projection(digits_study, umap_projection(15, 0.5))
    (digits_study.path / "maps" / "umap-15-0.5.json").write_text(content)
    assert maps.list_projections(digits_study) == list(AT_ONCE)


@pytest.mark.slow
def test_umap_itself_draws_in_space(digits_study):
    wanted = umap_projection(5, 0.1, 3)
    maps.keep_projection(digits_study, wanted)
    found = maps.positions(digits_study, wanted)
    assert np.isfinite(found).all()
    assert np.linalg.matrix_rank(found) == 3
