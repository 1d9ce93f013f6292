import csv
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cae.cohorts.selection import Selection
from cae.cohorts.stability import stability_of
from cae.columns.filters import in_scope
from cae.errors import CaeError
from cae.export.cohort import CohortExport, export_cohort, file_stem
from cae.export.formats import FORMATS
from cae.export.provenance import study_digests
from cae.export.redaction import LEFT_OUT
from cae.storage import write_array
from cae.study.study import Study

ROWS = [3, 7, 8, 120, 359]
LASSO = {"kind": "lasso", "polygon": [[0.5, 1.25], [2, 3], [4, 5]]}


def saved(study, rows=ROWS, event=LASSO, name="odd ones", note="look again"):
    selection = Selection.empty().combine(np.array(rows), "replace", event)
    return CohortExport(study.cohorts.save(name, selection, note, **study_digests(study)))


def read(archive, name):
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name)


def table_of(archive) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(archive, "images.csv").decode("utf-8"))))


def everything_but_pixels(archive) -> str:
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if not name.endswith((".png", ".npy"))]
        return "\n".join([*opened.namelist(), *(text_of(n, opened.read(n)) for n in names)])


def text_of(name, content) -> str:
    if name.endswith(".parquet"):
        return pd.read_parquet(io.BytesIO(content)).to_csv()
    return content.decode("latin-1" if name.endswith(".pdf") else "utf-8")


def import_study(tmp_path, imageset, source="folder:/home/ann/scans"):
    return Study.create(tmp_path / "other", imageset, source=source)


@pytest.fixture
def imageset():
    """Five images whose ids and columns are hostile or tell who the patient is."""
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
    table = pd.DataFrame(
        {
            "id": ["a/b", "a_b", "A_B", "../../etc/passwd", "=cmd|' /C calc'!A0"],
            "split": "train",
            "label": ["x", None, "+x", "x", "@y"],
            "patient": ["Smith", "Jones", "Smith", "O'Neil", "Jones"],
            "row": [10, 11, 12, 13, 14],
            "-delta": [-1.5, 2.0, np.nan, np.inf, -0.25],
        }
    )
    from cae.imageset import ImageSet

    return ImageSet(images, table, name="scans")


def test_every_file_is_there_and_checksums_agree(digits_study, tmp_path):
    file = export_cohort(digits_study, saved(digits_study), tmp_path / "out.zip")
    with zipfile.ZipFile(file) as opened:
        names = opened.namelist()
        assert opened.testzip() is None
        opened.extractall(tmp_path / "unpacked")
    images = [f"images/digit-{row:04d}.png" for row in ROWS]
    others = [
        "README.txt",
        "checksums.sha256",
        "flow.csv",
        "flow.pdf",
        "flow.svg",
        "images.csv",
        "images.parquet",
        "latents.npy",
        "provenance.json",
    ]
    assert sorted(names) == sorted(images + others)
    lines = read(file, "checksums.sha256").decode().splitlines()
    noted = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert sorted(noted) == sorted(set(names) - {"checksums.sha256"})
    for name, digest in noted.items():
        assert hashlib.sha256(read(file, name)).hexdigest() == digest
    assert "research use only" in read(file, "README.txt").decode()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_accepts_the_checksums(digits_study, tmp_path):
    file = export_cohort(digits_study, saved(digits_study), tmp_path / "out.zip")
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(file).extractall(folder)
    check = ["sha256sum", "--check", "--strict", "checksums.sha256"]
    assert subprocess.run(check, cwd=folder, capture_output=True).returncode == 0
    (folder / "images.csv").write_text("changed")
    assert subprocess.run(check, cwd=folder, capture_output=True).returncode != 0


def test_rows_stay_together(digits_study, tmp_path):
    file = export_cohort(digits_study, saved(digits_study), tmp_path / "out.zip")
    lines = table_of(file)
    latents = np.load(io.BytesIO(read(file, "latents.npy")), allow_pickle=False)
    assert [int(line["row"]) for line in lines] == ROWS
    assert latents.dtype == np.float32
    for line, latent in zip(lines, latents, strict=True):
        row = int(line["row"])
        sample, cluster = digits_study.samples.iloc[row], digits_study.clusters.iloc[row]
        assert np.array_equal(latent, digits_study.latents[row])
        assert (line["id"], line["split"], line["label"]) == tuple(sample[["id", "split", "label"]])
        assert float(line["ink"]) == sample["ink"]
        assert line["site"] == ("" if pd.isna(sample["site"]) else sample["site"])
        assert int(line["cluster"]) == cluster["cluster"]
        assert float(line["probability"]) == pytest.approx(cluster["probability"])
        assert float(line["outlier_score"]) == pytest.approx(cluster["outlier_score"])
        png = read(file, line["image"])
        assert hashlib.sha256(png).hexdigest() == line["image_sha256"]
        assert np.array_equal(
            np.asarray(Image.open(io.BytesIO(png))), digits_study.images[row, ..., 0]
        )


def test_latents_are_streamed_in_order(digits_study, tmp_path, monkeypatch):
    monkeypatch.setattr("cae.export.contents._ROWS_AT_ONCE", 2)
    file = export_cohort(digits_study, saved(digits_study), tmp_path / "out.zip")
    latents = np.load(io.BytesIO(read(file, "latents.npy")), allow_pickle=False)
    assert np.array_equal(latents, digits_study.latents[ROWS])


def test_provenance_tells_how_it_came_about(digits_study, tmp_path):
    file = export_cohort(digits_study, saved(digits_study), tmp_path / "out.zip")
    told = json.loads(read(file, "provenance.json"))
    assert told["study"]["seed"] == digits_study.seed
    assert told["study"]["method"] == "contrastive"
    assert told["study"]["model_hash"] == digits_study.digest("train")
    assert list(told["steps"]) == ["import", "train", "encode", "project", "cluster"]
    for step, entry in told["steps"].items():
        recorded = digits_study.manifest["steps"][step]
        assert entry["current"] is True
        assert entry["parameters"] == recorded["parameters"]
        assert entry["sha256"] == {n: f["sha256"] for n, f in recorded["files"].items()}
    assert told["cohort"]["name"] == "odd ones"
    assert told["cohort"]["note"] == "look again"
    assert told["cohort"]["history"] == [{**LASSO, "combine": "replace", "count": len(ROWS)}]
    assert told["cohort"]["changed_since_saved"] == []
    chosen = digits_study.samples.iloc[ROWS]
    assert told["cohort"]["counts"]["images"] == len(ROWS)
    assert told["cohort"]["counts"]["by_split"] == chosen["split"].value_counts().to_dict()
    assert told["cohort"]["counts"]["by_label"] == chosen["label"].value_counts().to_dict()
    assert sum(told["cohort"]["counts"]["by_cluster"].values()) == len(ROWS)
    assert told["columns_left_out"] == ["patient"]


def test_changed_latents_are_told(digits_study, tmp_path):
    cohort = saved(digits_study)
    with digits_study.step("encode", {"latent": 4}) as files:
        path = files.add("latents.npy")
        write_array(path, np.ones((len(digits_study), 4), dtype=np.float32))
    file = export_cohort(digits_study, cohort, tmp_path / "out.zip")
    told = json.loads(read(file, "provenance.json"))
    assert told["cohort"]["changed_since_saved"] == ["latents_digest"]
    assert not told["steps"]["cluster"]["current"]
    assert "cluster" in table_of(file)[0]


def test_without_latents_and_clusters(imageset, tmp_path):
    study = import_study(tmp_path, imageset)
    file = export_cohort(study, saved(study, [0, 1]), tmp_path / "out.zip")
    assert "latents.npy" not in zipfile.ZipFile(file).namelist()
    told = json.loads(read(file, "provenance.json"))
    assert told["study"]["method"] is None
    assert told["cohort"]["counts"]["by_label"] == {"x": 1, "missing": 1}


def test_two_exports_are_byte_identical(digits_study, tmp_path):
    what = CohortExport(saved(digits_study).cohort, tuple(FORMATS), folds=2)
    first = export_cohort(digits_study, what, tmp_path / "first.zip")
    second = export_cohort(digits_study, what, tmp_path / "second.zip")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_columns_that_are_called_as_ours_get_names_that_are_free(imageset, tmp_path):
    table = imageset.table.assign(source_row=20, image_sha256="a", source_image_sha256="b")
    study = import_study(tmp_path, replace(imageset, table=table))
    file = export_cohort(study, saved(study, range(5)), tmp_path / "out.zip", identifying=True)
    first = table_of(file)[0]
    assert (first["row"], first["source_row 2"], first["source_row"]) == ("0", "10", "20")
    assert first["source_image_sha256 2"] == "a"
    assert first["source_image_sha256"] == "b"


def test_hostile_ids_and_cells(imageset, tmp_path):
    study = import_study(tmp_path, imageset)
    file = export_cohort(study, saved(study, range(5)), tmp_path / "out.zip", identifying=True)
    names = [name for name in zipfile.ZipFile(file).namelist() if name.startswith("images/")]
    assert len({name.lower() for name in names}) == 5
    assert all(name.count("/") == 1 and ".." not in name for name in names)
    lines = table_of(file)
    assert lines[4]["id"] == "'=cmd|' /C calc'!A0"
    assert [line["label"] for line in lines] == ["x", "", "'+x", "x", "'@y"]
    assert [line["'-delta"] for line in lines] == ["-1.5", "2.0", "", "inf", "-0.25"]
    assert [line["row"] for line in lines] == ["0", "1", "2", "3", "4"]
    assert [line["source_row"] for line in lines] == ["10", "11", "12", "13", "14"]
    for line, image in zip(lines, imageset.images, strict=True):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(read(file, line["image"])))), image)


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "filter", "column": "patient", "values": ["Smith"]},
        {"kind": "filter", "filters": {"patient": ["Smith"]}},
        {"kind": "filter", "filters": [{"column": "patient", "equals": "Smith"}]},
        {"kind": "filter", "expression": "patient == 'Smith'"},
        {"kind": "filter", "filters": {"(query)": {"expression": "patient contains 'Jon'"}}},
        {"kind": "filter", "filters": ['patient in ("Smith")']},
        {"kind": "category", "column": "label", "value": "x", "filters": ['patient in ("Smith")']},
        {"kind": "click", "column": "label", "filters": ['`a b` == "Smith"', "patient is missing"]},
        {"kind": "cohort", "name": "all of Smith"},
        {"kind": "ids", "values": ["Smith"]},
        {"kind": "category", "column": "label", "value": "x", "filters": {"patient": ["Smith"]}},
        {"kind": "click", "column": "label", "filters": [{"column": "patient", "is": ["Smith"]}]},
    ],
)
def test_nothing_identifying_leaves_unless_asked_for(imageset, tmp_path, event):
    study = import_study(tmp_path, imageset)
    cohort = saved(study, range(5), event, name="Smith's scans", note="Smith, and Jones")
    file = export_cohort(study, cohort, tmp_path / "out.zip")
    content = everything_but_pixels(file)
    for secret in ("Smith", "Jones", "O'Neil", "ann", str(tmp_path)):
        assert secret not in content.replace("channel", "").replace("cannot", "")
    told = json.loads(read(file, "provenance.json"))
    assert told["columns_left_out"] == ["patient"]
    assert told["study"]["source"] == told["steps"]["import"]["parameters"]["source"] == "folder"
    assert told["cohort"]["history"][0]["kind"] == event["kind"]
    assert told["cohort"]["history"][0]["count"] == 5
    assert "patient" not in table_of(file)[0]

    asked = export_cohort(study, cohort, tmp_path / "all.zip", identifying=True)
    told = json.loads(read(asked, "provenance.json"))
    assert told["columns_left_out"] == []
    assert told["cohort"]["history"][0] == {**event, "combine": "replace", "count": 5}
    assert told["cohort"]["name"] == "Smith's scans"
    assert told["study"]["source"] == "folder:/home/ann/scans"
    assert [line["patient"] for line in table_of(asked)] == imageset.table["patient"].tolist()


@pytest.mark.parametrize(
    "event",
    [
        LASSO,
        {"kind": "filter", "column": "label", "values": ["x"]},
        {"kind": "filter", "filters": {"label": ["x"], "row": {"from": 10, "to": 12}}},
        {"kind": "cluster", "cluster": 3},
    ],
)
def test_harmless_history_is_kept(imageset, tmp_path, event):
    study = import_study(tmp_path, imageset, source="medmnist:bloodmnist:28")
    file = export_cohort(study, saved(study, [1], event), tmp_path / "out.zip")
    told = json.loads(read(file, "provenance.json"))
    assert told["cohort"]["history"] == [{**event, "combine": "replace", "count": 1}]
    assert told["study"]["source"] == "medmnist:bloodmnist:28"


def test_only_what_identifies_is_taken_out(imageset, tmp_path):
    study = import_study(tmp_path, imageset)
    filters = ['patient in ("Smith")', 'label in ("x")']
    selection = Selection.empty().combine(np.array([0]), "replace", {**LASSO, "filters": filters})
    cohort = CohortExport(study.cohorts.save("a", selection, filters=filters))
    file = export_cohort(study, cohort, tmp_path / "out.zip")
    told = json.loads(read(file, "provenance.json"))["cohort"]
    cleaned = [LEFT_OUT, 'label in ("x")']
    assert told["filters"] == told["history"][0]["filters"] == cleaned
    assert told["history"][0]["polygon"] == LASSO["polygon"]
    asked = export_cohort(study, cohort, tmp_path / "all.zip", identifying=True)
    assert json.loads(read(asked, "provenance.json"))["cohort"]["filters"] == filters


def test_identifying_ids_name_no_file(imageset, tmp_path):
    from dataclasses import replace

    study = import_study(tmp_path, replace(imageset, identifying=("patient", "id", "label")))
    file = export_cohort(study, saved(study, [0, 3]), tmp_path / "out.zip")
    lines = table_of(file)
    assert [line["image"] for line in lines] == ["images/row-0000000.png", "images/row-0000003.png"]
    assert {"id", "label", "patient"}.isdisjoint(lines[0])
    assert "passwd" not in everything_but_pixels(file)
    assert "by_label" not in json.loads(read(file, "provenance.json"))["cohort"]["counts"]


def test_cohort_of_other_images_is_refused(digits_study, imageset, tmp_path):
    cohort = saved(digits_study)
    other = import_study(tmp_path, imageset)
    with pytest.raises(CaeError, match="other images"):
        export_cohort(other, cohort, tmp_path / "out.zip")
    beyond = CohortExport(other.cohorts.save("beyond", Selection(np.array([5]))))
    with pytest.raises(CaeError, match="other images"):
        export_cohort(other, beyond, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_export_that_fails_leaves_the_old_file(digits_study, tmp_path):
    file = tmp_path / "out.zip"
    file.write_text("old")

    def stop(done: int, total: int, message: str = "") -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_cohort(digits_study, saved(digits_study), file, progress=stop)
    assert file.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits", "out.zip"]


def test_folder_in_the_way_is_a_sentence(digits_study, tmp_path):
    (tmp_path / "taken.zip").mkdir()
    with pytest.raises(CaeError, match="cannot be written"):
        export_cohort(digits_study, saved(digits_study), tmp_path / "taken.zip")


def test_the_file_is_named_after_the_cohort_where_that_may_be_told(imageset, tmp_path):
    study = import_study(tmp_path, imageset)
    plain = saved(study, [0], name="left lung / 2")
    assert file_stem(study, plain) == "left-lung-2"
    telling = saved(study, [0], name="Smith_left")
    assert file_stem(study, telling) == f"cohort-{telling.cohort.id}"
    assert file_stem(study, telling, identifying=True) == "Smith_left"


def test_progress_counts_images(digits_study, tmp_path):
    seen = []
    export_cohort(
        digits_study,
        saved(digits_study, range(120)),
        tmp_path / "out.zip",
        progress=lambda done, total, message="": seen.append((done, total)),
    )
    assert seen == [(0, 120), (50, 120), (100, 120), (120, 120)]


def test_the_flow_tells_what_each_step_left_but_for_what_identifies(imageset, tmp_path):
    study = import_study(tmp_path, imageset)
    steps = Selection.empty()
    for combine, query in (("replace", "row >= 11"), ("intersect", 'patient != "Jones"')):
        rows = np.flatnonzero(in_scope(study.table, [query]))
        steps = steps.combine(rows, combine, {"kind": "filter", "filters": [query]})
    cohort = CohortExport(study.cohorts.save("some", steps))
    for identifying in (False, True):
        out = export_cohort(study, cohort, tmp_path / "flow.zip", identifying=identifying)
        lines = list(csv.DictReader(io.StringIO(read(out, "flow.csv").decode("utf-8"))))
        assert [(line["images"], line["patients"]) for line in lines] == [
            ("5", "3"),
            ("4", "3"),
            ("2", "2"),
        ]
        query = 'patient != "Jones" does not hold' if identifying else LEFT_OUT
        assert [line["step"] for line in lines[1:]] == ["row >= 11 does not hold", query]
        svg, page = read(out, "flow.svg").decode("utf-8"), read(out, "flow.pdf").decode("latin-1")
        for picture in (svg, page):
            assert ("Jones" in picture) is identifying
            assert "row &gt;= 11" in picture or "row >= 11" in picture
        told = json.loads(read(out, "provenance.json"))["cohort"]["flow"]
        assert [step["images"] for step in told["steps"]] == [5, 4, 2]
        assert told["statement"].endswith("2 (2 patients) remain.")


def test_a_cohort_that_images_made_says_how_stable_it_is(digits_study, tmp_path):
    rows = np.arange(0, 360, 7)
    lasso = Selection.empty().combine(rows, "replace", {"kind": "lasso", "map": "map"})
    cohort = CohortExport(digits_study.cohorts.save("scattered", lasso))
    expected = stability_of(digits_study, rows)
    out = export_cohort(digits_study, cohort, tmp_path / "out.zip")
    told = json.loads(read(out, "provenance.json"))["cohort"]["stability"]
    assert told["sentence"] == expected.sentence
    assert "unstable" in told["sentence"]
    assert (told["jaccard"], told["is_stable"]) == (expected.jaccard, False)
    assert expected.sentence in " ".join(read(out, "README.txt").decode().split())
    listed = Selection.empty().combine(rows, "replace", {"kind": "ids"})
    other = CohortExport(digits_study.cohorts.save("listed", listed))
    plain = export_cohort(digits_study, other, tmp_path / "plain.zip")
    assert json.loads(read(plain, "provenance.json"))["cohort"]["stability"] is None
    assert "Stability of this cohort" not in read(plain, "README.txt").decode()
