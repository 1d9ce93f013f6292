import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cae.decoding.decoded_path import (
    Average,
    DecodedPath,
    decode_path,
    walk,
    walk_average,
    walk_averages,
    walk_direction,
    walk_grid,
)
from cae.decoding.path_check import check_path
from cae.decoding.rendering import LIKELY, Rendering
from cae.errors import CaeError
from cae.export.path import (
    export_gif,
    export_path,
    export_sheet,
    export_webp,
    file_stem,
    path_overview,
)
from cae.export.synthetic import mark
from cae.latent.direction import Direction
from cae.storage import write_json
from cae.study.steps import sharpen
from cae.study.study import Study


@pytest.fixture
def path(digits_study) -> DecodedPath:
    return decode_path(digits_study, walk(digits_study, [3, 200], 4, "neighbours"))


@pytest.fixture
def files(digits_study, path, tmp_path) -> dict[str, bytes]:
    with zipfile.ZipFile(export_path(digits_study, path, tmp_path / "synthetic.zip")) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_identifying(study: Study, columns: list[str]) -> Study:
    write_json(study.path / "study.json", {**study.manifest, "identifying": columns})
    return Study.open(study.path)


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_zip_holds_all_files_and_their_hashes(files):
    lines = files.pop("checksums.sha256").decode().splitlines()
    assert lines == [
        f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in files.items()
    ]
    decoded = [f"frames/synthetic-0{number}-of-04.png" for number in range(1, 5)]
    decoded += ["overview-synthetic.png", "path-synthetic.gif"]
    plain = [
        "README.txt",
        "synthetic-pixels.npy",
        "synthetic-latents.npy",
        "provenance.json",
        "synthetic-steps.csv",
    ]
    plain += ["originals/original-A.png", "originals/original-B.png"]
    assert sorted(files) == sorted(decoded + plain)


def test_every_decoded_picture_is_marked_in_pixels_and_text(files, path):
    for number in range(1, 5):
        opened = picture(files[f"frames/synthetic-0{number}-of-04.png"])
        expected = mark(path.images[number - 1], f"SYNTHETIC {number}/4")
        assert np.array_equal(np.asarray(opened), expected)
        assert opened.text["Synthetic"].startswith("decoded by CAE Explorer")
        assert opened.text["step"] == str(number)
        assert json.loads(opened.text["anchors"])[1]["image"] == "digit-0200"
    assert "Synthetic" in picture(files["overview-synthetic.png"]).text
    animation = picture(files["path-synthetic.gif"])
    assert animation.n_frames == 4
    assert json.loads(animation.info["comment"])["Synthetic"].startswith("decoded by")


def test_an_animation_alone_carries_its_provenance_and_is_that_of_the_zip(
    files, path, digits_study, tmp_path
):
    gif = export_gif(digits_study, path, tmp_path / "synthetic.gif")
    assert gif.read_bytes() == files["path-synthetic.gif"]
    webp = Image.open(export_webp(digits_study, path, tmp_path / "synthetic.webp"))
    archived = json.loads(files["provenance.json"])
    for told in (json.loads(Image.open(gif).info["comment"]), json.loads(webp.getexif()[0x010E])):
        assert json.loads(told["study"])["model_hash"] == digits_study.digest("train")
        assert json.loads(told["steps"]) == archived["steps"]
        assert json.loads(told["path"]) == archived["path"]
        assert json.loads(told["images"])["real"] == 0


def test_originals_are_unchanged(files, digits_study):
    for label, row in (("A", 3), ("B", 200)):
        opened = picture(files[f"originals/original-{label}.png"])
        assert np.array_equal(np.asarray(opened), digits_study.images[row][..., 0])


def test_facts_latents_and_table_are_those_of_the_path(files, path, digits_study):
    told = json.loads(files["provenance.json"])
    facts = told["path"]
    assert facts["anchors"] == [
        {"label": "A", "image": "digit-0003", "row": 3},
        {"label": "B", "image": "digit-0200", "row": 200},
    ]
    assert (facts["kind"], facts["steps"], facts["latent_size"]) == ("neighbours", 4, 16)
    assert told["study"]["model_hash"] == digits_study.digest("train")
    assert np.array_equal(np.load(io.BytesIO(files["synthetic-latents.npy"])), path.latents)
    table = list(csv.DictReader(io.StringIO(files["synthetic-steps.csv"].decode())))
    assert all(line["frame"] in files for line in table)
    assert [line["kind"] for line in table] == ["synthetic"] * 4 + ["real"] * 2
    assert [line["step"] for line in table] == ["1", "2", "3", "4", "", ""]
    assert [int(line["nearest_row"]) for line in table[4:]] == [3, 200]
    table = table[:4]
    assert [int(line["nearest_row"]) for line in table] == path.nearest_rows.tolist()
    assert [float(line["cosine_distance"]) for line in table] == pytest.approx(
        path.nearest_distances
    )
    assert table[0]["nearest_image"] == "digit-0003"


def test_what_is_far_from_every_image_says_so_in_every_picture(digits_study, path, tmp_path):
    off = replace(path, off_data=np.array([False, True, True, False]))
    export_path(digits_study, off, tmp_path / "synthetic")
    caption = "SYNTHETIC 2/4\nfar from every image"
    frame = Image.open(tmp_path / "synthetic/frames/synthetic-02-of-04.png")
    assert np.array_equal(np.asarray(frame), mark(path.images[1], caption))
    assert len(path_overview(digits_study, off)) == frame.height
    with Image.open(tmp_path / "synthetic/path-synthetic.gif") as gif:
        assert gif.size == frame.size
    told = json.loads((tmp_path / "synthetic/provenance.json").read_text())
    assert told["path"]["off_data"] == 2


def test_pixels_are_those_that_were_decoded(files, path):
    pixels = np.load(io.BytesIO(files["synthetic-pixels.npy"]), allow_pickle=False)
    assert np.array_equal(pixels, path.images)


def test_the_vector_of_a_direction_and_the_ids_of_an_average_go_along(digits_study, tmp_path):
    vector = np.asarray(digits_study.latents[7])
    walked = walk_direction(digits_study, 3, Direction("darker", vector, {}))
    export_path(digits_study, decode_path(digits_study, walked), tmp_path / "synthetic")
    assert np.array_equal(np.load(tmp_path / "synthetic/directions.npy"), vector[None])
    assert not (tmp_path / "synthetic/members.csv").exists()
    average = walk_average(digits_study, np.arange(5, 25))
    export_path(digits_study, decode_path(digits_study, average), tmp_path / "synthetic-average")
    members = list(csv.DictReader((tmp_path / "synthetic-average/members.csv").open()))
    assert [int(line["row"]) for line in members] == list(range(5, 25))
    assert members[0]["image"] == "digit-0005"
    directions = np.load(tmp_path / "synthetic-average/directions.npy")
    middle = average.latents[3]
    onward = digits_study.latent_space.onto(middle + 2 * directions[1])
    assert average.latents[13] == pytest.approx(onward, abs=1e-4)


def test_two_exports_are_byte_identical(path, digits_study, tmp_path):
    first = export_path(digits_study, path, tmp_path / "synthetic.zip")
    again = export_path(digits_study, path, tmp_path / "again-synthetic.zip")
    assert first.read_bytes() == again.read_bytes()


def test_nothing_identifying_leaves(digits_study, path, tmp_path):
    table = digits_study.samples.assign(patient=[f"Mx Example {row}" for row in range(360)])
    table["id"] = [f"{name} left" for name in table["patient"]]
    table.to_parquet(digits_study.path / "samples.parquet")
    for columns in (["id"], ["patient"]):
        study = with_identifying(digits_study, columns)
        export_path(study, path, tmp_path / "synthetic.zip")
        with zipfile.ZipFile(tmp_path / "synthetic.zip") as archive:
            assert not [name for name in archive.namelist() if b"Example" in archive.read(name)]
            assert (
                json.loads(archive.read("provenance.json"))["path"]["anchors"][0]["image"]
                == "row 3"
            )
        gif = export_gif(study, path, tmp_path / "synthetic.gif")
        assert b"Example" not in gif.read_bytes()


def test_file_names_tell_ids_and_say_synthetic(digits_study, path):
    assert file_stem(digits_study, path) == "synthetic-path-digit-0003-digit-0200"
    study = with_identifying(digits_study, ["id"])
    assert file_stem(study, path) == "synthetic-path-row-0000003-row-0000200"


def test_a_direction_is_named_unless_its_name_identifies_a_patient(digits_study, tmp_path):
    vector = np.asarray(digits_study.latents[7])
    direction = Direction("Mx Example / left", vector, {"kind": "difference"})
    path = decode_path(digits_study, walk_direction(digits_study, 3, direction))
    assert file_stem(digits_study, path) == "synthetic-direction-Mx_Example_left-digit-0003"

    table = digits_study.samples.assign(patient="Mx Example")
    table.to_parquet(digits_study.path / "samples.parquet")
    study = with_identifying(digits_study, ["patient"])
    assert file_stem(study, path) == "synthetic-direction-digit-0003"
    export_path(study, path, tmp_path / "synthetic.zip")
    with zipfile.ZipFile(tmp_path / "synthetic.zip") as archive:
        assert not [name for name in archive.namelist() if b"Example" in archive.read(name)]


def test_film_strip_has_grey_ends(digits_study, path):
    strip = path_overview(digits_study, path)
    tile = mark(path.images[0], "SYNTHETIC 1/4").shape[1]
    assert (strip[-1, 0] == 190).all()
    assert (strip[-1, -1] == 190).all()
    gap = (strip.shape[1] - 6 * tile) // 5
    assert (strip[-1, tile + gap] == [255, 191, 0]).all()


def test_a_name_without_the_word_is_refused(digits_study, path, tmp_path):
    before = set(tmp_path.iterdir())
    for export, name in ((export_path, "p.zip"), (export_gif, "p.gif"), (export_webp, "p.webp")):
        with pytest.raises(CaeError, match="must contain 'synthetic'"):
            export(digits_study, path, tmp_path / name)
    assert set(tmp_path.iterdir()) == before


def test_a_place_that_cannot_be_written_is_a_sentence(digits_study, path, tmp_path):
    (Path(tmp_path) / "taken").write_text("a file")
    with pytest.raises(CaeError, match="cannot be written"):
        export_path(digits_study, path, tmp_path / "taken" / "synthetic.zip")


def test_a_loop_writes_each_original_once(digits_study, tmp_path):
    loop = decode_path(digits_study, walk(digits_study, [3, 200, 3], 5))
    with zipfile.ZipFile(export_path(digits_study, loop, tmp_path / "synthetic.zip")) as archive:
        names = archive.namelist()
        anchors = json.loads(archive.read("provenance.json"))["path"]["anchors"]
    assert [anchor["label"] for anchor in anchors] == ["A", "B", "A"]
    originals = [name for name in names if name.startswith("originals/")]
    assert originals == ["originals/original-A.png", "originals/original-B.png"]


def test_a_grid_and_an_average_are_overviews_in_rows(digits_study):
    grid = decode_path(digits_study, walk_grid(digits_study, [3, 200, 77, 41], 3))
    assert file_stem(digits_study, grid) == (
        "synthetic-grid-digit-0003-digit-0200-digit-0077-digit-0041"
    )
    tile = mark(grid.images[0], "SYNTHETIC 1/9")
    overview = path_overview(digits_study, grid)
    assert np.array_equal(overview[: len(tile), : tile.shape[1]], tile)
    assert overview.shape[0] > 3 * len(tile)
    average = decode_path(digits_study, walk_average(digits_study, np.arange(40)))
    assert path_overview(digits_study, average).shape[1] > 7 * tile.shape[1]
    assert average.facts["images"] == 40


def test_a_likely_path_says_what_is_invented_everywhere(
    digits_study: Study, tmp_path: Path
) -> None:
    sharpen(digits_study, epochs=1, width=8)
    rendering = Rendering(LIKELY, seed=7, steps=2)
    path = decode_path(digits_study, walk(digits_study, [3, 200], 4), rendering)
    assert not np.array_equal(path.images, path.means)
    stem = file_stem(digits_study, path)
    assert stem == "synthetic-path-digit-0003-digit-0200-likely-noise7"
    folder = export_path(digits_study, path, tmp_path / stem)
    told = json.loads((folder / "provenance.json").read_text("utf-8"))["path"]
    assert (told["decoded_as"], told["noise_seed"], told["flow_steps"]) == ("likely", 7, 2)
    assert "invented" in told["invented"]
    assert "invented" in (folder / "README.txt").read_text("utf-8")
    frame = Image.open(folder / "frames/synthetic-01-of-04.png")
    assert json.loads(frame.text["noise_seed"]) == 7
    expected = mark(path.images[0], "SYNTHETIC likely, invented 1/4")
    assert np.array_equal(np.asarray(frame), expected)


def test_averages_are_told_and_what_is_shown_of_them_is_called_typical(digits_study, tmp_path):
    groups = [Average("left", np.arange(0, 90, 3)), Average("right", np.arange(1, 90, 3))]
    path = decode_path(digits_study, walk_averages(digits_study, groups, 4))
    assert file_stem(digits_study, path).startswith("synthetic-averages-digit-")
    with zipfile.ZipFile(export_path(digits_study, path, tmp_path / "synthetic.zip")) as archive:
        told = json.loads(archive.read("provenance.json"))["path"]
        table = archive.read("synthetic-steps.csv").decode()
    assert told["kind"] == "averages"
    assert [one["group"] for one in told["averages"]] == ["left", "right"]
    assert [one["label"] for one in told["anchors"]] == ["A", "B"]
    assert "ORIGINAL typical of B" in table
    assert "The average of A" in table


def test_a_checked_path_tells_how_far_its_images_are_from_what_was_meant(
    path, digits_study, tmp_path
):
    distances = check_path(digits_study, path).distances
    checked = replace(path, apart=distances)
    out = export_path(digits_study, checked, tmp_path / "synthetic.zip")
    with zipfile.ZipFile(out) as archive:
        told = json.loads(archive.read("provenance.json"))["path"]["check"]
        table = pd.read_csv(archive.open("synthetic-steps.csv"))
    assert table["checked_distance"].to_numpy()[:4] == pytest.approx(distances, abs=1e-6)
    assert table["checked_distance"][4:].isna().all()
    assert told["farthest_step"] == distances.argmax() + 1
    assert told["highest_distance"] == pytest.approx(distances.max(), abs=1e-4)
    page = export_sheet(digits_study, checked, tmp_path / "synthetic.pdf").read_bytes()
    assert f"encoded again {distances[1]:.3f} away".encode() in page
