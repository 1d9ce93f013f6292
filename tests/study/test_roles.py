"""Other columns for label, patient and split: what is outdated by it, and what is not."""

import multiprocessing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.evaluation.saved import measure, measured
from cae.export.cohort import CohortExport, export_cohort
from cae.export.provenance import study_digests
from cae.imageset import Origin
from cae.methods.clinical import ClinicalAutoencoder, ClinicalSettings
from cae.sources.choices import Choices
from cae.sources.folder import FolderSource
from cae.storage import read_json, sha256_file, write_json
from cae.study.append import append
from cae.study.locks import working
from cae.study.manifest import MANIFEST
from cae.study.pretrained import use_pretrained, use_pretrained_sharp
from cae.study.roles import change_roles
from cae.study.step import STEPS
from cae.study.steps import encode, import_images, import_or_open, known_of, sharpen
from cae.study.study import Study
from tests.conftest import digits_imageset


def files_of(study: Study) -> dict[str, str]:
    names = [name for step in STEPS for name in study.in_use(step).get("files", {})]
    return {name: sha256_file(study.file(name)) for name in names if study.file(name).exists()}


def test_another_label_changes_the_table_alone(local_study: Study) -> None:
    study, before, images = local_study, files_of(local_study), local_study.file("images.npy")
    labels = study.samples["label"].tolist()
    notes = change_roles(study, Choices(label="site"))
    for opened in (study, Study.open(study.path)):
        assert opened.samples["label"].fillna("").tolist()[:3] == ["", "left", "right"]
        assert opened.samples["label (former)"].astype(str).tolist() == labels
        assert opened.origins["label"] == Origin(("site",))
        assert opened.outdated() == []
        assert opened.verify() == []
        assert opened.file("images.npy") == images
        after = files_of(opened)
        assert {name for name in after if after[name] != before[name]} == {"samples.parquet"}
        assert opened.notes[-1] == notes[0]
    assert [note["choices"] for note in study.revised] == [{"label": "site"}]


def test_the_figures_are_outdated_and_cohorts_are_not(digits_study: Study, tmp_path: Path) -> None:
    study = digits_study
    selection = Selection(np.arange(5), ({"kind": "lasso"},))
    cohort = study.cohorts.save("five", selection, **study_digests(study))
    assert cohort.import_digest == study.digest("import")
    pixels = study.pixels_digest
    measure(study)
    assert measured(study) is not None
    change_roles(study, Choices(label="site"))
    assert (
        study.pixels_digest == pixels == sha256(study.file("images.npy").read_bytes()).hexdigest()
    )
    assert study.digest("import") != cohort.import_digest
    assert measured(study) is None
    assert study.is_continued("import", cohort.import_digest)
    change_roles(study, Choices(label="label (former)"))
    assert study.is_continued("import", cohort.import_digest)
    assert not study.is_continued("import", "another")
    archive = export_cohort(study, CohortExport(cohort), tmp_path / "five", identifying=False)
    told = read_json(archive / "provenance.json")["study"]
    assert told["choices"] == {}
    assert [note["choices"] for note in told["columns_changed"]] == [
        {"label": "site"},
        {"label": "label (former)"},
    ]


def test_another_split_outdates_what_was_trained_on_the_former(local_study: Study) -> None:
    study, before = local_study, files_of(local_study)
    change_roles(study, Choices(split="none"))
    assert study.outdated() == ["train", "encode", "project", "cluster", "local", "areas"]
    assert study.changed_since("train") == ["import"]
    assert study.changed_since("encode") == []
    # All of it stays in use until it is made anew.
    assert {**files_of(study), "samples.parquet": ""} == {**before, "samples.parquet": ""}
    assert len(study.latents) == len(study)


def train_with_labels(study: Study, column: str) -> None:
    settings = ClinicalSettings(clinical=(column,), epochs=1)
    with study.step("train", settings.to_dict()) as files:
        for name in STEPS["train"].files[:2]:
            files.add(name).write_bytes(study.file(name).read_bytes())


@pytest.mark.parametrize(("column", "outdated"), [("label", True), ("ink", False)])
def test_a_model_that_learnt_from_a_column_is_outdated_by_another(
    digits_study: Study, column: str, outdated: bool
) -> None:
    train_with_labels(digits_study, column)
    change_roles(digits_study, Choices(label="site"))
    assert ("train" in digits_study.outdated()) is outdated


def test_a_model_that_learnt_from_a_column_that_went_is_outdated(digits_study: Study) -> None:
    train_with_labels(digits_study, "site")
    change_roles(digits_study, Choices(label="site"))
    assert digits_study.is_done("train")
    assert "train" in digits_study.outdated()


def test_a_training_done_again_finds_the_column_that_became_a_label(digits_study: Study) -> None:
    settings = ClinicalSettings(clinical=("site",), epochs=1)
    before = ClinicalAutoencoder.groups(settings, known_of(digits_study))
    change_roles(digits_study, Choices(label="site"))
    assert "site" not in digits_study.samples
    after = ClinicalAutoencoder.groups(settings, known_of(digits_study))
    assert np.array_equal(before, after)


def test_a_training_that_was_cut_off_goes_on_where_it_is_not_concerned(
    digits_study: Study,
) -> None:
    study = digits_study
    parameters = {**study.parameters("train"), "epochs": 7}

    def cut_off() -> Path:
        with pytest.raises(KeyboardInterrupt), study.step("train", parameters) as files:
            files.add("model/checkpoint.pt").write_bytes(b"half")
            raise KeyboardInterrupt
        return files.folder

    first = cut_off()
    change_roles(study, Choices(label="site"))
    assert cut_off() == first
    change_roles(study, Choices(split="none"))
    assert cut_off() != first


def test_a_model_from_elsewhere_has_seen_no_split_of_the_study(tmp_path: Path) -> None:
    imageset = digits_imageset(90)
    study = Study.create(tmp_path / "study", imageset, "digits")
    use_pretrained(study, "pneumoniamnist")
    change_roles(study, Choices(split="none"))
    assert study.outdated() == []


def test_a_sharp_decoder_is_outdated_by_another_split_but_for_one_from_elsewhere(
    tmp_path: Path,
) -> None:
    study = Study.create(tmp_path / "study", digits_imageset(90), "digits")
    use_pretrained(study, "pneumoniamnist")
    encode(study)
    use_pretrained_sharp(study, "pneumoniamnist")
    change_roles(study, Choices(split="none"))
    assert study.is_sharpened
    change_roles(study, Choices(split="split (former)"))
    sharpen(study, epochs=1, width=8)
    change_roles(study, Choices(label="site"))
    assert study.is_sharpened
    former = read_json(study.path / MANIFEST)
    # A former version did not note that it reads the table.
    del former["steps"]["sharpen"]["inputs"]["import"]
    write_json(study.path / MANIFEST, former)
    study.refresh()
    assert study.is_sharpened
    change_roles(study, Choices(split="none"))
    assert study.outdated() == ["sharpen"]
    assert not study.is_sharpened


def test_a_sharp_training_that_a_former_version_left_goes_on(digits_study: Study) -> None:
    study = digits_study

    def cut_off() -> Path:
        with pytest.raises(KeyboardInterrupt), study.step("sharpen", {"epochs": 3}) as files:
            raise KeyboardInterrupt
        return files.folder

    first = cut_off()
    former = read_json(study.path / MANIFEST)
    del former["unfinished"]["sharpen"]["inputs"]["import"]
    write_json(study.path / MANIFEST, former)
    study.refresh()
    assert cut_off() == first


def test_nothing_is_written_where_nothing_changes(digits_study: Study) -> None:
    study = digits_study
    assert change_roles(study, Choices(label="none")) != []
    before = (study.path / MANIFEST).read_bytes()
    assert change_roles(study, Choices(label="none")) == []
    assert (study.path / MANIFEST).read_bytes() == before


def test_a_refused_change_leaves_the_study_as_it_was(digits_study: Study) -> None:
    before = (digits_study.path / MANIFEST).read_bytes()
    for choices in (Choices(label="ink"), Choices(image="ink"), Choices(split="site")):
        with pytest.raises(CaeError):
            change_roles(digits_study, choices)
    assert (digits_study.path / MANIFEST).read_bytes() == before


def _refused(path: Path) -> None:
    with pytest.raises(CaeError, match="Another process is working on the study"):
        change_roles(Study.open(path), Choices(label="site"))


def test_nobody_else_may_work_on_the_study(digits_study: Study) -> None:
    with working(digits_study.path):
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_refused, args=(digits_study.path,))
        process.start()
        process.join(60)
    assert process.exitcode == 0
    assert Study.open(digits_study.path).revised == []


def test_files_of_former_changes_go(digits_study: Study) -> None:
    study = digits_study
    for label in ("site", "label (former)", "site"):
        change_roles(study, Choices(label=label))
    with study.step("cluster", {"k": 3}) as files:
        study.clusters.to_parquet(files.add("clusters.parquet"))
    assert not (study.path / "samples.parquet").exists()
    assert len(list((study.path / "runs").glob("columns-*"))) == 1
    assert study.file("images.npy").exists()
    assert study.verify() == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    images = digits_imageset(380).images[360:, ..., 0]
    for row, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{row}.png")
    rows = [f"{n}.png,{'ab'[n % 2]},{n % 3},p{n // 2},{'vt'[n < 14]}" for n in range(20)]
    (folder / "t.csv").write_text("\n".join(["file,dx,grade,who,half", *rows]))
    return folder


def test_choices_are_kept_with_the_study(folder: Path, tmp_path: Path) -> None:
    source = FolderSource(folder, choices=Choices(label="grade"))
    study = import_images(source, tmp_path / "study")
    assert study.choices == {"label": "grade"}
    assert study.origins["label"] == Origin(("grade",))
    assert study.origins["split"] == Origin(how="drawn")
    assert study.origins["file"].columns == ("file",)
    assert len(import_or_open(source, study.path)) == 20
    assert len(import_or_open(FolderSource(folder), study.path)) == 20
    other = FolderSource(folder, choices=Choices(label="dx"))
    with pytest.raises(CaeError, match="another choice of label than 'dx'; change it with cae col"):
        import_or_open(other, study.path)
    change_roles(study, Choices(label="dx", patient="who"))
    assert study.choices == {"label": "dx", "patient": "who"}
    assert len(import_or_open(other, study.path)) == 20


def test_more_images_of_the_same_source_are_read_as_the_study_is(
    digits_study: Study, folder: Path
) -> None:
    study = digits_study
    study.manifest |= {"source": FolderSource(folder).spec, "choices": {"label": "grade"}}
    write_json(study.path / MANIFEST, study.manifest)
    append(study, FolderSource(folder, choices=Choices(patient="who")))
    new = study.samples.iloc[360:]
    numbers = new["file"].str.removesuffix(".png").astype(int)
    assert new["label"].tolist() == (numbers % 3).astype(str).tolist()
    assert new["patient"].tolist() == ("p" + (numbers // 2).astype(str)).tolist()
    assert set(new["dx"]) == {"a", "b"}
