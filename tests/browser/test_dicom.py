"""A DICOM export of a clinic: brought as a zip, mapped, lassoed, exported; nobody is named."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Page, expect

from cae.jobs import runs
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.test_cohorts import exported
from tests.browser.test_training import LONG, choose_epochs, fill, home, open_training, press
from tests.conftest import digits_imageset
from tests.sources.dicom.conftest import dicom_file

PATIENTS = 12
EACH = 10


def secrets_of(patient: int) -> dict[str, str]:
    return {
        "PatientName": f"Zoltan{patient}^Abendroth",
        "PatientID": f"MRN90{patient:02d}",
        "PatientBirthDate": f"19{patient + 40}0317",
        "AccessionNumber": f"ACCN77{patient:02d}",
        "StudyDate": f"20190{patient % 9 + 1}23",
        "InstitutionName": "Sankt Irgendwo",
        "ReferringPhysicianName": "Quacksalber^Otto",
        "SeriesDescription": f"Kopf Zoltan{patient}",
        "StudyInstanceUID": f"1.2.276.4711.{patient}",
    }


SECRETS = {
    word.encode()
    for patient in range(PATIENTS)
    for value in secrets_of(patient).values()
    for word in re.split(r"[\^ ]", value)
} | {b"Abendroth_", b"IM0000"}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    images = digits_imageset(PATIENTS * EACH).images[..., 0]
    folder = tmp_path / "export"
    for number, image in enumerate(images):
        patient = number // EACH
        name = f"Abendroth_Zoltan{patient}/IM{number % EACH:04d}"
        dicom_file(
            folder / name, image.astype(np.uint16) * 16, Modality="MR", **secrets_of(patient)
        )
    lines = [
        f"MRN90{patient:02d},Zoltan{patient} Abendroth,{'left' if patient % 2 else 'right'}"
        for patient in range(PATIENTS)
    ]
    with zipfile.ZipFile(tmp_path / "clinic.zip", "w") as archive:
        archive.writestr("patients.csv", "\n".join(["MRN,Name,Side", *lines]))
        for file in sorted(folder.rglob("IM*")):
            archive.write(file, file.relative_to(folder))
    return tmp_path / "clinic.zip"


@pytest.fixture
def study(page: Page, app: App, packed: Path) -> Iterator[Study]:
    open_training(page, app)
    page.get_by_role("tab", name="DICOM").click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="with DICOM files")
    uploader.locator("input[type=file]").set_input_files(packed)
    expect(page.get_by_text("Some of the images, as they will be seen.")).to_be_visible(
        timeout=LONG
    )
    expect(page.get_by_role("button", name="Import")).to_be_enabled(timeout=driver.PATIENCE)
    fill(page, "Name of the study", "from a clinic")
    press(page, "Import")
    expect(page.get_by_text("120 grey images of 28×28 pixels")).to_be_visible(timeout=LONG)
    # Names of patients are in what was uploaded.
    assert list((home(app) / ".uploads").iterdir()) == []
    yield Study.open(home(app) / "from a clinic")
    runs.cancel(home(app) / "from a clinic", patience=2.0)


def contents(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Every file of an archive, and of tables in it the text that they hold."""
    for name in archive.namelist():
        data = archive.read(name)
        yield name, name.encode() + data
        if name.endswith(".parquet"):
            import pandas as pd

            yield name, pd.read_parquet(io.BytesIO(data)).to_csv().encode()


def test_a_dicom_zip_becomes_a_cohort_that_names_nobody(
    page: Page, app: App, study: Study, tmp_path: Path
) -> None:
    assert study.samples["patient"].nunique() == PATIENTS
    assert study.samples.groupby("patient")["split"].nunique().max() == 1
    sides = study.samples["Side"].tolist()
    assert sides == [["right", "left"][row // EACH % 2] for row in range(PATIENTS * EACH)]
    assert study.manifest["source"] == "upload:dicom:clinic.zip"
    kept = study.samples.drop(columns=["file", "series_description"]).to_csv()
    kept += (study.path / "study.json").read_text("utf-8")
    assert not [secret for secret in SECRETS if secret.decode() in kept]
    choose_epochs(page, 1)
    press(page, "Start training")
    expect(page.get_by_text("Complete: 120 images")).to_be_visible(timeout=2 * LONG)

    page.goto(f"{app.server}/?study={study.path.name}")
    driver.wait_for_map(page)
    xy = np.asarray(Study.open(study.path).projection, dtype=float)
    # About an image near the middle, so that there is one to select.
    centre = xy[np.abs(xy - np.median(xy, axis=0)).sum(axis=1).argmin()]
    places = driver.circle_around(page, centre, 0.2 * float(np.ptp(xy, axis=0).max()))
    driver.draw(page, places)
    outline = shapely.Polygon([driver.to_data(page, place) for place in places])
    count = int(shapely.contains_xy(outline, xy[:, 0], xy[:, 1]).sum())
    assert count > 0
    driver.wait_for_selection(page, count)
    driver.save_cohort(page, "to share", "drawn by hand")

    (cohort,) = Study.open(study.path).cohorts.list()
    driver.go_to_page(page, "Cohorts")
    page.locator(f".st-key-cohort-{cohort.id}").get_by_role("button", name="Export").click()
    with exported(page, cohort.id, tmp_path) as archive:
        for name, data in contents(archive):
            found = [secret for secret in SECRETS if secret in data]
            assert not found, name
        table = next(name for name in archive.namelist() if name.endswith("images.csv"))
        rows = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig"))))
        assert len(rows) == count
        # The column of pseudonyms: as many patients as were drawn around, each by one name.
        selected = shapely.contains_xy(outline, xy[:, 0], xy[:, 1])
        assert [row["patient"] for row in rows] == study.samples["patient"][selected].tolist()
        assert all(re.fullmatch(r"P-[A-Z2-7]{10}", row["patient"]) for row in rows)
        assert [row["Side"] for row in rows] == study.samples["Side"][selected].tolist()
    driver.expect_no_traceback(page)
