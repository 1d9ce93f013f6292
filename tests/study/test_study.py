import json
import shutil

import numpy as np
import pandas as pd
import pytest

import cae
from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.storage import sha256_file, write_array, write_table
from cae.study import step_files
from cae.study import study as study_module
from cae.study.folder import Damage
from cae.study.manifest import FORMAT_VERSION
from cae.study.step import MAP_STEPS
from cae.study.study import Study

COUNT = 12


@pytest.fixture
def imageset():
    """Every pixel of image n has the value n, and of its mask n + 100."""
    images = np.broadcast_to(
        np.arange(COUNT, dtype=np.uint8)[:, None, None, None], (COUNT, 28, 28, 1)
    )
    table = pd.DataFrame(
        {
            "id": [f"i{n}" for n in range(COUNT)],
            "split": ["train", "val", "test"] * 4,
            "label": pd.Series(["a", None] * 6, dtype="str"),
            "patient": pd.Series([None] * COUNT, dtype="str"),
            "number": np.arange(COUNT),
            "count": pd.Series([1, None] * 6, dtype="Int64"),
        }
    )
    return ImageSet(
        images,
        table,
        "Größen",
        kind="brain",
        masks=images + 100,
        mask_names=("mask",),
        identifying=("patient", "count"),
        problems=pd.DataFrame({"file": ["x.png"], "reason": ["it is empty"]}),
        credit="nobody",
    )


@pytest.fixture
def study(imageset, tmp_path):
    return Study.create(tmp_path / "study", imageset, "npz:a.npz", seed=7)


def run(study, step, value=0):
    """Run a step with stand-in results that depend on `value`."""
    with study.step(step, {"value": value}) as files:
        if step == "train":
            (files.add("model/model.json")).write_text(f"{value}")
        elif step == "encode":
            write_array(files.add("latents.npy"), np.full((COUNT, 4), value, "f4"))
        elif step == "project":
            write_array(files.add("projection.npy"), np.full((COUNT, 2), value, "f4"))
        elif step == "cluster":
            table = pd.DataFrame(
                {"cluster": [value] * COUNT, "probability": 1.0, "outlier_score": 0.0}
            )
            write_table(files.add("clusters.parquet"), table)


@pytest.fixture
def finished(study):
    for step in MAP_STEPS[1:]:
        run(study, step)
    return study


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_everything_of_the_image_set_comes_back(study, imageset):
    opened = cae.open_study(str(study.path))
    assert np.array_equal(opened.images, imageset.images)
    assert np.array_equal(opened.masks, imageset.masks)
    pd.testing.assert_frame_equal(opened.samples, imageset.table)
    pd.testing.assert_frame_equal(opened.problems, imageset.problems, check_dtype=False)
    assert (opened.name, opened.seed, len(opened)) == ("Größen", 7, COUNT)
    assert opened.identifying == ("patient", "count")
    assert opened.manifest["source"] == "npz:a.npz"
    assert opened.manifest["kind"] == "brain"
    assert opened.manifest["mask_names"] == ["mask"]
    assert opened.manifest["credit"] == "nobody"
    assert opened.parameters("import") == {"source": "npz:a.npz", "images": COUNT, "limit": None}
    assert opened.verify() == []


def test_row_i_is_the_same_image_in_every_file(study):
    assert study.images[:, 0, 0, 0].tolist() == study.samples["number"].tolist()
    assert (study.masks[:, 0, 0, 0] - 100).tolist() == study.samples["number"].tolist()
    assert study.samples.index.equals(pd.RangeIndex(COUNT))
    for split in ("train", "val", "test"):
        rows = study.rows(split)
        assert (study.samples["split"].iloc[rows] == split).all()
        assert (study.samples["number"].iloc[rows] == study.images[rows, 5, 5, 0]).all()
    together = np.sort(np.concatenate([study.rows(split) for split in ("train", "val", "test")]))
    assert np.array_equal(together, np.arange(COUNT))


def test_images_are_mapped_not_loaded(study):
    assert isinstance(study.images, np.memmap)
    assert not study.images.flags.writeable
    assert Study.open(study.path).__dict__.keys() == {"path", "manifest"}


def test_masks_are_absent_where_the_source_brings_none(imageset, tmp_path):
    bare = ImageSet(imageset.images, imageset.table, "bare")
    assert Study.create(tmp_path / "bare", bare, "npz:b.npz").masks is None


def test_a_study_never_overwrites_anything(study, imageset, tmp_path):
    before = contents(study.path)
    with pytest.raises(CaeError, match="already exists and is not empty"):
        Study.create(study.path, imageset, "npz:a.npz")
    assert contents(study.path) == before
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CaeError, match="already exists"):
        Study.create(tmp_path / "file", imageset, "npz:a.npz")
    (tmp_path / "empty").mkdir()
    assert len(Study.create(tmp_path / "empty", imageset, "npz:a.npz")) == COUNT


@pytest.mark.parametrize(
    ("module", "writer"),
    [
        (study_module, "write_array"),
        (study_module, "write_table"),
        (study_module, "write_json"),
        (step_files, "sha256_file"),
    ],
)
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_creation_that_is_cut_off_leaves_nothing(
    imageset, tmp_path, monkeypatch, module, writer, error
):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(module, writer, fail)
    with pytest.raises(type(error)):
        Study.create(tmp_path / "study", imageset, "npz:a.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "is not a study"),
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "is damaged"),
        ("{}", "is damaged"),
        ('{"format": 1}', "is damaged"),
        ('{"format": 1, "steps": []}', "is damaged"),
        ('{"format": 1, "steps": {"import": 1}}', "is damaged"),
        ('{"format": 1, "steps": {}}', "is damaged"),
    ],
)
def test_what_is_no_study_gets_a_sentence(tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(CaeError, match=sentence) as caught:
        Study.open(tmp_path)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 0, None, "1"])
def test_other_formats_are_refused_untouched(study, version):
    manifest = json.loads((study.path / "study.json").read_text())
    text = json.dumps({**manifest, "format": version})
    (study.path / "study.json").write_text(text)
    with pytest.raises(CaeError, match=f"has study format {version}"):
        Study.open(study.path)
    assert (study.path / "study.json").read_text() == text


def test_a_step_notes_what_it_did(study):
    with study.step("train", {"method": "contrastive", "epochs": 3}) as files:
        (files.add("model/model.json")).write_text("{}")
    entry = Study.open(study.path).manifest["steps"]["train"]
    assert entry["state"] == "done"
    assert entry["parameters"] == {"method": "contrastive", "epochs": 3}
    assert entry["inputs"] == {"import": study.digest("import")}
    assert entry["files"] == {
        "model/model.json": {"bytes": 2, "sha256": sha256_file(study.file("model/model.json"))}
    }
    assert entry["versions"]["numpy"] == np.__version__
    assert entry["finished"].endswith("+00:00")
    assert entry["seconds"] >= 0
    assert study.method == "contrastive"


def test_nothing_is_done_before_it_was_run(study):
    assert study.is_current("import")
    assert not any(study.is_done(step) for step in MAP_STEPS[1:])
    assert study.method is None
    assert study.parameters("train") == {}
    assert study.digest("train") == ""
    for step, name in (("encode", "latents"), ("project", "projection"), ("cluster", "clusters")):
        with pytest.raises(CaeError, match=f"'{step}' has not been run on .*: cae {step} "):
            getattr(study, name)


def test_a_step_needs_the_steps_before_it(study):
    for step in ("encode", "project", "cluster"):
        with pytest.raises(CaeError, match="has not been run"), study.step(step, {}):
            pytest.fail("the block must not run")
    assert Study.open(study.path).manifest["steps"].keys() == {"import"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_step_that_is_cut_off_leaves_its_former_result_in_use(finished, error):
    with pytest.raises(error), finished.step("encode", {"value": 1}) as files:
        write_array(files.add("latents.npy"), np.ones((COUNT, 4), np.float32))
        raise error
    opened = Study.open(finished.path)
    assert all(opened.is_current(step) for step in MAP_STEPS)
    assert opened.latents[0, 0] == 0
    assert opened.parameters("encode") == {"value": 0}
    assert opened.last_parameters("encode") == {"value": 1}
    assert opened.cut_off == ["encode"]
    reason = "the step was cut off before its end; its former result is in use"
    assert opened.verify() == [Damage("", reason, "encode")]
    run(opened, "encode", value=1)
    assert opened.latents[0, 0] == 1
    assert opened.outdated() == ["project", "cluster"]
    assert opened.cut_off == []


def test_a_first_run_that_is_cut_off_has_no_result(study):
    with pytest.raises(RuntimeError), study.step("train", {}) as files:
        files.add("model/model.json").write_text("{}")
        raise RuntimeError
    opened = Study.open(study.path)
    assert not opened.is_done("train")
    assert opened.verify() == [Damage("", "the step was cut off before its end", "train")]


def test_a_run_goes_on_where_one_of_the_same_parameters_and_inputs_was_cut_off(finished):
    def begin(value):
        with pytest.raises(RuntimeError), finished.step("train", {"value": value}) as files:
            found = (files.folder / "model/model.json").exists()
            files.add("model/model.json").write_text("half")
            raise RuntimeError
        return found

    assert [begin(1), begin(1), begin(2), begin(2)] == [False, True, False, True]
    finished.abandon("train")
    assert not begin(2)
    assert Study.open(finished.path).method == finished.method


def test_what_was_begun_may_be_abandoned(finished):
    before = contents(finished.path / "runs")
    with pytest.raises(RuntimeError), finished.step("train", {"value": 1}) as files:
        files.add("model/model.json").write_text("half")
        raise RuntimeError
    finished.abandon("train")
    opened = Study.open(finished.path)
    assert opened.cut_off == []
    assert opened.verify() == []
    assert contents(finished.path / "runs") == before


def model_of(study):
    return study.file("model/model.json").read_text()


def test_latents_are_read_with_the_model_that_made_them_until_they_are_made_anew(finished):
    first = finished.digest("train")
    for value in (1, 2):
        run(finished, "train", value)
        opened = Study.open(finished.path)
        assert (model_of(opened), opened.digest("train")) == ("0", first)
        assert opened.in_use("train")["parameters"] == {"value": 0}
        assert opened.parameters("train") == {"value": value}
        assert opened.latents[0, 0] == 0
        assert opened.outdated() == ["encode", "project", "cluster"]
        assert [opened.changed_since(step) for step in opened.outdated()] == [["train"], [], []]
    run(finished, "encode", 2)
    opened = Study.open(finished.path)
    assert model_of(opened) == "2"
    assert opened.latents[0, 0] == 2
    assert opened.outdated() == ["project", "cluster"]
    run(finished, "project", 2)
    left = {path.name for path in (finished.path / "runs").iterdir()}
    assert left == {"train-3", "encode-2", "project-1", "project-2", "cluster-1"}
    run(finished, "cluster", 2)
    left = {path.name for path in (finished.path / "runs").iterdir()}
    assert left == {"train-3", "encode-2", "project-2", "cluster-1", "cluster-2"}
    assert Study.open(finished.path).verify() == []


def test_a_change_by_another_process_is_not_lost(finished):
    other = Study.open(finished.path)
    run(other, "train", 1)
    run(other, "encode", 1)
    run(finished, "project", 1)
    opened = Study.open(finished.path)
    assert opened.latents[0, 0] == 1
    assert opened.outdated() == ["cluster"]


def test_studies_of_former_versions_are_read_and_then_have_runs(finished):
    manifest = finished.manifest
    for entry in manifest["steps"].values():
        for name in entry["files"]:
            (finished.path / name).parent.mkdir(exist_ok=True)
            shutil.move(finished.path / entry["at"] / name, finished.path / name)
        del entry["at"]
    cut_off = {"state": "running", "parameters": {"value": 3}, "inputs": {}}
    manifest["steps"]["cluster"] = cut_off
    del manifest["unfinished"]
    (finished.path / "study.json").write_text(json.dumps(manifest))
    opened = Study.open(finished.path)
    assert opened.latents[0, 0] == 0
    assert opened.cut_off == ["cluster"]
    assert opened.last_parameters("cluster") == {"value": 3}
    run(opened, "encode", 1)
    run(opened, "project", 1)
    run(opened, "cluster", 1)
    assert opened.verify() == []
    assert not (opened.path / "latents.npy").exists()
    assert (opened.path / "images.npy").exists()
    assert (opened.path / "model/model.json").exists()


@pytest.mark.parametrize(
    ("step", "outdated"),
    [
        ("train", ["encode", "project", "cluster"]),
        ("encode", ["project", "cluster"]),
        ("project", ["cluster"]),
        ("cluster", []),
    ],
)
def test_a_step_outdates_what_was_made_from_its_old_result(finished, step, outdated):
    run(finished, step, value=1)
    opened = Study.open(finished.path)
    assert [name for name in MAP_STEPS if not opened.is_current(name)] == outdated
    assert [damage.step for damage in opened.verify()] == outdated
    assert all("older than" in damage.reason for damage in opened.verify())
    for name in outdated:
        with pytest.raises(CaeError, match=f"'{name}' is out of date in .*: cae {name} "):
            opened.require_current(name)
    assert opened.outdated() == outdated
    for name in outdated:
        run(opened, name)
    assert opened.verify() == []


def test_the_same_result_again_outdates_nothing(finished):
    run(finished, "encode")
    assert finished.verify() == []


def test_results_are_read_anew_after_a_step(finished):
    assert finished.latents[0, 0] == 0
    run(finished, "encode", value=3)
    assert finished.latents[0, 0] == 3
    run(finished, "project", value=4)
    assert finished.projection[0, 0] == 4
    run(finished, "cluster", value=5)
    assert finished.clusters["cluster"][0] == 5


FILES = {
    "images.npy": "import",
    "masks.npy": "import",
    "samples.parquet": "import",
    "problems.parquet": "import",
    "model/model.json": "train",
    "latents.npy": "encode",
    "projection.npy": "project",
    "clusters.parquet": "cluster",
}


def test_every_file_of_a_study_is_watched(finished):
    files = [path for path in finished.path.rglob("*.*") if path.is_file()]
    watched = {finished.file(name) for name in FILES}
    assert {path.name for path in set(files) - watched} <= {"study.json", ".edit.lock", ".lock"}
    assert watched <= set(files)


@pytest.mark.parametrize(("name", "step"), FILES.items())
def test_every_kind_of_damage_is_found_and_its_step_named(finished, name, step):
    path = finished.file(name)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for content, reason in (
        (bytes(flipped), "the file's contents have changed"),
        (whole[:-1], f"the file has {len(whole) - 1} bytes instead of {len(whole)}"),
        (b"", f"the file has 0 bytes instead of {len(whole)}"),
        (whole + b"x", f"the file has {len(whole) + 1} bytes instead of {len(whole)}"),
    ):
        path.write_bytes(content)
        assert Study.open(finished.path).verify() == [Damage(name, reason, step)]
    path.unlink()
    assert Study.open(finished.path).verify() == [Damage(name, "the file is missing", step)]
    path.write_bytes(whole)
    assert Study.open(finished.path).verify() == []


def test_a_damaged_or_missing_array_gets_a_sentence(finished):
    finished.file("latents.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(CaeError, match="latents.npy is damaged"):
        _ = finished.latents
    (finished.path / "images.npy").unlink()
    with pytest.raises(CaeError, match="images.npy does not exist"):
        _ = finished.images


def test_a_study_may_be_moved(finished, tmp_path):
    moved = shutil.move(finished.path, tmp_path / "elsewhere")
    opened = Study.open(moved)
    assert opened.verify() == []
    assert all(opened.is_current(step) for step in MAP_STEPS)


def test_a_finished_step_may_be_adopted(finished, imageset, tmp_path):
    other = Study.create(tmp_path / "other", imageset, "npz:a.npz")
    for step in MAP_STEPS[1:]:
        entry = finished.in_use(step)
        other.adopt(step, entry, {name: finished.file(name) for name in entry["files"]})
    opened = Study.open(other.path)
    assert opened.verify() == []
    assert np.array_equal(opened.latents, finished.latents)
    run(opened, "train", value=9)
    assert not opened.is_current("encode")


def test_the_shared_digits_study_is_whole(digits_study):
    assert digits_study.verify() == []
    assert len(digits_study.latents) == len(digits_study) == len(digits_study.samples)


def test_the_table_has_clusters_only_where_there_are_some(digits_study):
    assert digits_study.table["cluster"].equals(digits_study.clusters["cluster"])
    assert list(digits_study.table)[: len(digits_study.samples.columns)] == list(
        digits_study.samples
    )
    del digits_study.manifest["steps"]["cluster"]
    assert list(digits_study.table) == list(digits_study.samples)
