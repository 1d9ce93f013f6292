"""Masks that came with images leave beside them, and tools find them."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cae.cohorts.selection import Selection
from cae.export.cohort import CohortExport, export_cohort
from cae.imageset import ImageSet
from cae.study.study import Study

COUNT, SIDE = 6, 28


def made_study(path: Path, names: tuple[str, ...]) -> Study:
    """Images with masks of some structures, but for the third and the last."""
    random = np.random.default_rng(0)
    masks = random.integers(0, 256, (COUNT, SIDE, SIDE, len(names)), np.uint8)
    masks[[2, 5]] = 0
    table = pd.DataFrame(
        {
            "id": [f"scan {row}" for row in range(COUNT)],
            "split": "train",
            "label": np.where(np.arange(COUNT) % 2, "ill", "well"),
            "patient": None,
            "mask": "the source's own",
        }
    )
    images = random.integers(0, 256, (COUNT, SIDE, SIDE, 1), np.uint8)
    imageset = ImageSet(images, table, name="scans", masks=masks, mask_names=names)
    return Study.create(path, imageset, source="npz:scans.npz")


def exported(study: Study, out: Path, formats: tuple[str, ...] = ()) -> Path:
    rows = Selection.empty().combine(np.array([1, 2, 4]), "replace", {"kind": "ids"})
    cohort = study.cohorts.save(f"some for {out.name}", rows)
    return export_cohort(study, CohortExport(cohort, formats, near_duplicates_may_cross=True), out)


def pixels_of(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file))


def test_masks_have_the_names_of_their_images_and_every_pixel(tmp_path):
    study = made_study(tmp_path / "study", ("lesion",))
    out = exported(study, tmp_path / "out")
    table = pd.read_csv(out / "images.csv")
    assert table["mask"].isna().tolist() == [False, True, False]
    assert table["source_mask"].tolist() == ["the source's own"] * 3
    for line in table.dropna(subset="mask").itertuples():
        assert line.mask == line.image.replace("images/", "masks/")
        assert np.array_equal(pixels_of(out / line.mask), study.masks[line.row, ..., 0])
        digest = hashlib.sha256((out / line.mask).read_bytes()).hexdigest()
        assert digest == line.mask_sha256
    assert len(list((out / "masks").iterdir())) == 2
    told = json.loads((out / "provenance.json").read_text())["cohort"]["masks"]
    assert told == {"images": 2, "of": ["lesion"]}


def test_each_of_several_structures_has_a_folder(tmp_path):
    study = made_study(tmp_path / "study", ("grey matter", "white"))
    out = exported(study, tmp_path / "out")
    table = pd.read_csv(out / "images.csv")
    assert table["mask_grey_matter"].tolist()[0] == "masks/grey_matter/scan_1.png"
    for number, name in enumerate(("grey_matter", "white")):
        assert table[f"mask_{name}"].isna().tolist() == [False, True, False]
        for line in table.dropna(subset=f"mask_{name}").to_dict("records"):
            written = pixels_of(out / line[f"mask_{name}"])
            assert np.array_equal(written, study.masks[line["row"], ..., number])


@pytest.mark.parametrize("names", [("lesion",), ("grey", "white")])
def test_monai_is_told_masks_as_labels(tmp_path, names):
    out = exported(made_study(tmp_path / "study", names), tmp_path / "out", ("monai",))
    found = json.loads((out / "datalist.json").read_text())
    items = found["training"]
    assert [found["classes"][str(item["class"])] for item in items] == ["ill", "well", "well"]
    assert found["structures"] == list(names)
    assert "label" not in items[1]
    for item in (items[0], items[2]):
        masks = item["label"] if isinstance(item["label"], list) else [item["label"]]
        assert len(masks) == len(names)
        assert all((out / mask).is_file() for mask in masks)


def test_monai_itself_reads_them(tmp_path):
    decathlon = pytest.importorskip("monai.data.decathlon_datalist")
    study = made_study(tmp_path / "study", ("grey", "white"))
    out = exported(study, tmp_path / "out", ("monai",))
    found = decathlon.load_decathlon_datalist(str(out / "datalist.json"), True)
    assert all(Path(mask).is_file() for mask in found[0]["label"])


def test_fiftyone_finds_masks_by_their_names(tmp_path):
    """Its ImageSegmentationDirectory joins files of two folders that have one name."""
    out = exported(made_study(tmp_path / "study", ("lesion",)), tmp_path / "out", ("fiftyone",))
    readme = (out / "README.txt").read_text()
    assert 'data_path="images", labels_path="masks"' in readme
    images, masks = ({f.stem for f in (out / part).iterdir()} for part in ("images", "masks"))
    assert masks == {"scan_1", "scan_4"} < images


def test_fiftyone_itself_reads_them(tmp_path):
    importers = pytest.importorskip("fiftyone.utils.data.importers")
    out = exported(made_study(tmp_path / "study", ("lesion",)), tmp_path / "out", ("fiftyone",))
    reader = importers.ImageSegmentationDirectoryImporter(
        str(out), data_path="images", labels_path="masks"
    )
    with reader:
        found = {Path(file).stem: label for file, _, label in reader}
    assert set(found) == {"scan_1", "scan_4"}


def test_a_study_without_masks_has_no_word_of_them(digits_study, tmp_path):
    out = exported(digits_study, tmp_path / "out")
    assert not [name for name in pd.read_csv(out / "images.csv") if name.startswith("mask")]
    assert "masks" not in json.loads((out / "provenance.json").read_text())["cohort"]
