import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.decoding.decoded_sample import DecodedSamples, cluster_members, decode_samples
from cae.errors import CaeError
from cae.export.redaction import LEFT_OUT
from cae.export.samples import export_samples, file_stem
from cae.export.synthetic import mark
from cae.storage import write_json
from cae.study.study import Study

LIKE = {"kind": "cluster", "cluster": 3}


def drawn(study: Study, like: dict = LIKE, n: int = 4) -> DecodedSamples:
    return decode_samples(study, cluster_members(study, 3), like, n, seed=7)


def contents(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file()]
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def samples(digits_study) -> DecodedSamples:
    return drawn(digits_study)


@pytest.fixture(params=["samples", "samples.zip"])
def files(request, digits_study, samples, tmp_path) -> dict[str, bytes]:
    return contents(export_samples(digits_study, samples, tmp_path / request.param))


def test_every_file_is_there_and_checksums_agree(files):
    lines = files.pop("checksums.sha256").decode().splitlines()
    noted = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert noted == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    images = [f"images/synthetic-000{number}.png" for number in range(1, 5)]
    arrays = ["synthetic-latents.npy", "synthetic-pixels.npy"]
    others = ["README.txt", "synthetic-samples.csv", "provenance.json"]
    assert sorted(files) == sorted([*images, *arrays, *others])
    readme = files["README.txt"].decode()
    assert "not images of any subject" in readme
    assert "research use only" in readme


def test_every_image_is_marked_in_pixels_name_and_text(files, samples, digits_study):
    for number, image in enumerate(samples.images, start=1):
        opened = Image.open(io.BytesIO(files[f"images/synthetic-000{number}.png"]))
        assert np.array_equal(np.asarray(opened), mark(image, f"SYNTHETIC {number}/4"))
        assert "not an image of a real subject" in opened.text["Synthetic"]
        assert opened.text["sample"] == str(number)
        assert json.loads(opened.text["like"]) == LIKE
        assert json.loads(opened.text["study"])["model_hash"] == digits_study.digest("train")


def test_lines_latents_and_images_stay_together(files, samples, digits_study):
    lines = list(csv.DictReader(io.StringIO(files["synthetic-samples.csv"].decode())))
    latents = np.load(io.BytesIO(files["synthetic-latents.npy"]), allow_pickle=False)
    assert latents.dtype == np.float32
    assert np.array_equal(latents, samples.latents)
    pixels = np.load(io.BytesIO(files["synthetic-pixels.npy"]), allow_pickle=False)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, samples.images)
    assert [line["sample"] for line in lines] == ["1", "2", "3", "4"]
    assert {line["kind"] for line in lines} == {"synthetic"}
    for line, row, distance in zip(
        lines, samples.nearest_rows, samples.nearest_distances, strict=True
    ):
        assert hashlib.sha256(files[line["image"]]).hexdigest() == line["image_sha256"]
        assert int(line["nearest_row"]) == row
        assert line["nearest_image"] == digits_study.samples["id"].iloc[row]
        assert float(line["cosine_distance"]) == pytest.approx(distance)


def test_what_is_far_from_every_image_says_so_in_picture_and_table(digits_study, tmp_path):
    near = drawn(digits_study)
    samples = replace(near, off_data=np.array([False, True, False, True]))
    found = contents(export_samples(digits_study, samples, tmp_path / "out.zip"))
    lines = list(csv.DictReader(io.StringIO(found["synthetic-samples.csv"].decode())))
    assert [line["off_data"] for line in lines] == ["False", "True", "False", "True"]
    assert json.loads(found["provenance.json"])["samples"]["off_data"] == 2
    for number, line in enumerate(lines, 1):
        caption = f"SYNTHETIC {number}/4" + ("\nfar from every image" if number % 2 == 0 else "")
        picture = np.asarray(Image.open(io.BytesIO(found[line["image"]])))
        assert np.array_equal(picture, mark(samples.images[number - 1], caption))


def test_provenance_tells_how_they_were_made(files, digits_study):
    told = json.loads(files["provenance.json"])
    assert told["images"]["synthetic"] == 4
    assert "decoded by a model" in told["images"]["remark"]
    assert told["study"]["model_hash"] == digits_study.digest("train")
    assert list(told["steps"]) == ["import", "train", "encode", "project", "cluster"]
    assert told["samples"] == {
        "like": LIKE,
        "images_in_group": int((digits_study.clusters["cluster"] == 3).sum()),
        "count": 4,
        "off_data": 0,
        "seed": 7,
        "latent_size": 16,
        "decoded_as": "mean",
    }
    assert told["study"]["latents_hash"] == digits_study.digest("encode")


def test_two_exports_are_byte_identical(digits_study, tmp_path):
    first = export_samples(digits_study, drawn(digits_study), tmp_path / "one.zip")
    again = export_samples(digits_study, drawn(digits_study), tmp_path / "again.zip")
    assert first.read_bytes() == again.read_bytes()


def test_nothing_identifying_leaves(digits_study, tmp_path):
    table = digits_study.samples.assign(patient=[f"Mx Example {row}" for row in range(360)])
    table["id"] = [f"{name} left" for name in table["patient"]]
    table.to_parquet(digits_study.path / "samples.parquet")
    event = {"kind": "filter", "column": "patient", "values": ["Mx Example 7"], "count": 2}
    for columns in (["id", "patient"], ["patient"]):
        manifest = {**digits_study.manifest, "identifying": columns}
        write_json(digits_study.path / "study.json", {**manifest, "source": "folder:/home/x"})
        study = Study.open(digits_study.path)
        like = {"kind": "selection", "history": [event]}
        path = export_samples(study, drawn(study, like), tmp_path / "samples.zip")
        found = contents(path)
        for name, content in found.items():
            assert b"Example" not in content, name
            assert b"/home" not in content, name
        told = json.loads(found["provenance.json"])["samples"]["like"]
        assert told["history"][0] == {
            "kind": "filter",
            "count": 2,
            "column": "patient",
            "details": LEFT_OUT,
        }
        lines = list(csv.DictReader(io.StringIO(found["synthetic-samples.csv"].decode())))
        assert lines[0]["nearest_image"] == f"row {lines[0]['nearest_row']}"


def test_file_names_tell_the_group_and_the_seed(digits_study, samples):
    assert file_stem(digits_study, samples) == "synthetic-like-cluster-3-seed-7"
    selection = drawn(digits_study, {"kind": "selection", "history": []})
    assert (
        file_stem(digits_study, selection)
        == f"synthetic-like-selection-of-{samples.members}-seed-7"
    )


def test_progress_counts_images(digits_study, tmp_path):
    heard = []
    export_samples(
        digits_study,
        drawn(digits_study, n=120),
        tmp_path / "out.zip",
        progress=lambda done, total, message="": heard.append((done, total)),
    )
    assert heard == [(0, 120), (50, 120), (100, 120), (120, 120)]


def test_a_folder_that_holds_something_is_refused(digits_study, samples, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(CaeError, match="not empty"):
        export_samples(digits_study, samples, tmp_path / "mine")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_an_export_that_fails_leaves_nothing(digits_study, samples, tmp_path):
    def stop(done: int, total: int, message: str = "") -> None:
        raise KeyboardInterrupt

    before = set(tmp_path.iterdir())
    for name in ("out", "out.zip"):
        with pytest.raises(KeyboardInterrupt):
            export_samples(digits_study, samples, tmp_path / name, progress=stop)
    assert set(tmp_path.iterdir()) == before
