"""What other tools open, read as each of them does, and by itself where it is installed."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.cohort import CohortExport, export_cohort
from cae.export.formats import FORMATS
from cae.storage import write_table
from cae.study.cluster_names import name_cluster
from cae.study.study import Study
from tests.conftest import add_local_model

COUNT = 60


def whole(study: Study, **options: object) -> CohortExport:
    """The first images as a cohort; six patients have ten each."""
    rows = Selection.empty().combine(np.arange(COUNT), "replace", {"kind": "ids"})
    return CohortExport(study.cohorts.save("a few", rows), **options)


@pytest.fixture
def archive(digits_study: Study, tmp_path: Path) -> Path:
    name_cluster(digits_study, 2, "round ones")
    add_local_model(digits_study)
    study = Study.open(digits_study.path)
    what = whole(study, formats=tuple(FORMATS), folds=3)
    return export_cohort(study, what, tmp_path / "out")


@pytest.fixture
def table(archive: Path) -> pd.DataFrame:
    return pd.read_parquet(archive / "images.parquet")


def test_the_table_has_names_places_areas_and_folds(archive, table, digits_study):
    rows = np.arange(COUNT)
    clusters = digits_study.clusters["cluster"].to_numpy()[rows]
    named = {-1: "unclustered", 2: "round ones"}
    expected = [named.get(one, f"Cluster {one}") for one in clusters]
    assert table["cluster_name"].tolist() == expected
    assert np.array_equal(table[["map_x", "map_y"]], digits_study.projection[rows])
    areas = Study.open(digits_study.path).areas.iloc[rows]
    assert np.array_equal(table[list(areas)], areas)
    lines = list(csv.DictReader(io.StringIO((archive / "images.csv").read_text())))
    assert list(lines[0]) == list(table)
    assert [line["fold"] for line in lines] == table["fold"].astype(str).tolist()
    assert table["row"].dtype.kind == "i"
    patients = digits_study.samples["patient"].iloc[rows].to_numpy()
    assert table.groupby(patients)["fold"].nunique().max() == 1


def test_monai_reads_numbers_of_labels_and_folds(archive, table):
    found = json.loads((archive / "datalist.json").read_text())
    assert found["numTraining"] == len(found["training"]) == COUNT
    assert found["validation"] == found["test"] == []
    for item, line in zip(found["training"], table.itertuples(), strict=True):
        assert item == {
            "image": line.image,
            "label": int(next(n for n, name in found["labels"].items() if name == line.label)),
            "fold": line.fold,
        }
        assert (archive / item["image"]).is_file()


def test_monai_is_told_the_splits_where_there_are_no_folds(digits_study, tmp_path):
    table = digits_study.samples
    table.loc[[7, 9], "label"] = None
    table.to_parquet(digits_study.path / "samples.parquet")
    study = Study.open(digits_study.path)
    what = whole(study, formats=("monai",), near_duplicates_may_cross=True)
    out = export_cohort(study, what, tmp_path / "out")
    found = json.loads((out / "datalist.json").read_text())
    sizes = {name: len(found[name]) for name in ("training", "validation", "test")}
    assert sizes == {"training": 40, "validation": 10, "test": 10}
    assert sum("label" in item for item in found["training"]) == 38
    told = json.loads((out / "provenance.json").read_text())["cohort"]["splits"]
    assert told["near_duplicates_may_cross"] is True


def test_monai_itself_reads_it(archive):
    decathlon = pytest.importorskip("monai.data.decathlon_datalist")
    found = decathlon.load_decathlon_datalist(str(archive / "datalist.json"), False)
    assert all(Path(item["image"]).is_file() for item in found)


def test_fiftyone_finds_every_file_and_label(archive, table):
    files = json.loads((archive / "fiftyone/data.json").read_text())
    found = json.loads((archive / "fiftyone/labels.json").read_text())
    assert found["classes"] == sorted(table["label"].unique())
    assert list(files) == list(found["labels"])
    for key, line in zip(files, table.to_dict("records"), strict=True):
        assert (archive / "fiftyone" / files[key]).resolve() == (archive / line["image"]).resolve()
        label = found["labels"][key]
        assert label["label"] == line["label"]
        assert label["attributes"]["image_id"] == line["id"]
        assert label["attributes"]["map_x"] == pytest.approx(line["map_x"])
        assert "site" in label["attributes"] or pd.isna(line["site"])


def test_fiftyone_keeps_columns_that_are_called_like_what_it_keeps_itself(
    digits_study: Study, tmp_path: Path
):
    further = digits_study.samples.assign(image_id="SERIES-9", image_label="ill", tags="q")
    write_table(digits_study.file("samples.parquet"), further)
    study = Study.open(digits_study.path)
    archive = export_cohort(study, whole(study, formats=("fiftyone",)), tmp_path / "out")
    labels = json.loads((archive / "fiftyone/labels.json").read_text())["labels"]
    told = labels["0000000"]["attributes"]
    assert {"SERIES-9", "ill", "q", study.samples["id"].iloc[0]} <= set(told.values())
    assert (told["image_id"], told["image_label"], told["image_tags"]) == ("SERIES-9", "ill", "q")


def test_fiftyone_itself_reads_it(archive):
    importers = pytest.importorskip("fiftyone.utils.data.importers")
    reader = importers.FiftyOneImageClassificationDatasetImporter(
        str(archive / "fiftyone"), data_path="data.json"
    )
    with reader:
        found = list(reader)
    assert len(found) == COUNT
    assert all(Path(file).is_file() for file, _, _ in found)


def test_embedding_atlas_has_the_pictures_in_its_table(archive, table):
    found = pq.read_table(archive / "embedding-atlas.parquet").to_pydict()
    for picture, line in zip(found["image"], table.itertuples(), strict=True):
        assert picture == {"bytes": (archive / line.image).read_bytes(), "path": line.image}
    assert found["map_x"] == table["map_x"].tolist()


def test_tensorboard_has_latents_columns_and_pictures(archive, table, digits_study):
    folder = archive / "projector"
    latents = np.loadtxt(folder / "tensors.tsv", dtype=np.float32, delimiter="\t")
    assert np.array_equal(latents, digits_study.latents[:COUNT])
    lines = [line.split("\t") for line in (folder / "metadata.tsv").read_text().splitlines()]
    assert lines[0] == list(table)
    assert [line[0] for line in lines[1:]] == table["row"].astype(str).tolist()
    sheet = np.asarray(Image.open(folder / "sprite.png"))
    for number in (0, 7, 8, 59):
        down, right = divmod(number, 8)
        tile = sheet[down * 28 : down * 28 + 28, right * 28 : right * 28 + 28]
        assert np.array_equal(tile, digits_study.images[number, ..., 0])


def test_tensorboard_itself_reads_it(archive):
    plugin = pytest.importorskip("tensorboard.plugins.projector.projector_config_pb2")
    text_format = pytest.importorskip("google.protobuf.text_format")
    text = (archive / "projector/projector_config.pbtxt").read_text()
    config = text_format.Parse(text, plugin.ProjectorConfig())
    assert list(config.embeddings[0].sprite.single_image_dim) == [28, 28]


def test_tabs_and_ends_of_lines_stay_in_their_cell(digits_study, tmp_path):
    table = digits_study.samples.assign(remark="a\tb\r\nc")
    table.to_parquet(digits_study.path / "samples.parquet")
    study = Study.open(digits_study.path)
    out = export_cohort(study, whole(study, formats=("tensorboard",)), tmp_path / "out")
    lines = (out / "projector/metadata.tsv").read_text().splitlines()
    assert len(lines) == COUNT + 1
    assert {line.split("\t")[lines[0].split("\t").index("remark")] for line in lines[1:]} == {
        "a b c"
    }


def twins(study: Study) -> Study:
    """The same study, in which image 4 (val) repeats image 0 (train)."""
    images = np.array(study.images)
    images[4], latents = images[0], np.array(study.latents)
    latents[4] = latents[0]
    np.save(study.file("images.npy"), images)
    np.save(study.file("latents.npy"), latents)
    return Study.open(study.path)


def test_near_duplicates_stay_together_or_are_counted(digits_study, tmp_path):
    study = twins(digits_study)
    cohort = whole(study).cohort
    with pytest.raises(CaeError, match="Near-duplicates .* in several splits.*ask for folds"):
        export_cohort(study, CohortExport(cohort, ("monai",)), tmp_path / "no")
    assert not (tmp_path / "no").exists()
    allowed = CohortExport(cohort, ("monai",), near_duplicates_may_cross=True)
    out = export_cohort(study, allowed, tmp_path / "allowed")
    told = json.loads((out / "provenance.json").read_text())["cohort"]["splits"]
    assert told["near_duplicates_in_several_parts"] >= 2
    out = export_cohort(study, CohortExport(cohort, folds=2), tmp_path / "folds")
    folds = pd.read_parquet(out / "images.parquet")["fold"]
    assert folds[0] == folds[4]
    told = json.loads((out / "provenance.json").read_text())["cohort"]["folds"]
    assert told["near_duplicates_in_several_parts"] == 0
    assert told["near_duplicates"] >= 2


def test_a_patient_is_never_in_two_splits(digits_study, tmp_path):
    digits_study.samples.assign(patient="the same").to_parquet(
        digits_study.path / "samples.parquet"
    )
    study = Study.open(digits_study.path)
    what = whole(study, formats=("monai",), near_duplicates_may_cross=True)
    with pytest.raises(CaeError, match=r"patients \(60 images\) are in several splits"):
        export_cohort(study, what, tmp_path / "out")
    with pytest.raises(CaeError, match="there are 1; ask for fewer"):
        export_cohort(study, CohortExport(what.cohort, folds=2), tmp_path / "out")


def test_what_is_not_offered_is_a_sentence(digits_study, tmp_path):
    cohort = whole(digits_study).cohort
    with pytest.raises(CaeError, match="no format 'word'; choose from monai, fiftyone"):
        CohortExport(cohort, ("word",))
    with pytest.raises(CaeError, match="1 folds are not offered"):
        CohortExport(cohort, folds=1)
    manifest = json.loads((digits_study.path / "study.json").read_text())
    for step in ("encode", "project", "cluster"):
        del manifest["steps"][step]
    (digits_study.path / "study.json").write_text(json.dumps(manifest))
    bare = Study.open(digits_study.path)
    with pytest.raises(CaeError, match="TensorBoard needs latents"):
        export_cohort(bare, CohortExport(cohort, ("tensorboard",)), tmp_path / "out")
    others = tuple(name for name in FORMATS if name != "tensorboard")
    out = export_cohort(bare, CohortExport(cohort, others, folds=2), tmp_path / "out")
    told = json.loads((out / "provenance.json").read_text())["cohort"]["folds"]
    assert "not looked for" in told["near_duplicates"]
