"""Which columns give labels, patients and splits: chosen before import, and changed after it."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cae.jobs import runs
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.conftest import digits_imageset

LONG = 120_000


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A zip of digits and a table in which a person sees more than the program does."""
    rows = ["img,dx,grade,who,half"]
    with zipfile.ZipFile(tmp_path / "ward.zip", "w") as zipped:
        for row, image in enumerate(digits_imageset(24).images[..., 0]):
            file = tmp_path / f"scan{row}.png"
            Image.fromarray(image).save(file)
            zipped.write(file, f"ward/{file.name}")
            half = "train" if row < 12 else "test"
            rows.append(f"{file.name},{'ab'[row % 2]},{row % 3},p{row // 4},{half}")
        zipped.writestr("ward/table.csv", "\n".join(rows))
    return tmp_path / "ward.zip"


def test_columns_are_chosen_before_import_and_after_it(page: Page, app: App, packed: Path) -> None:
    page.goto(f"{app.server}/training?study={app.study.path.name}")
    expect(page.get_by_role("button", name="New study")).to_be_visible()
    driver.wait_until_idle(page)
    page.locator("input[type=file]").first.set_input_files(packed)
    expect(page.get_by_text("'img' names the images; 24 of 24 images have a row")).to_be_visible()
    expect(page.get_by_text("Labels are from 'dx'.")).to_be_visible()

    driver.choose(page, "Label", "grade")
    expect(page.get_by_text("Labels are from 'grade'.")).to_be_visible()
    driver.choose(page, "Patient", "who")
    expect(page.get_by_text("Patients are from 'who'.")).to_be_visible()
    driver.choose(page, "Split", "dx")
    expect(page.get_by_text("'dx' has no words for train, val and test")).to_be_visible()
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    driver.choose(page, "Split", "draw a new one")
    expect(page.get_by_text("A split was drawn.")).to_be_visible()

    page.get_by_role("textbox", name="Name of the study").fill("ward")
    page.get_by_role("button", name="Import").click()
    try:
        expect(page.get_by_text("24 grey images of 28×28 pixels")).to_be_visible(timeout=LONG)
        study = Study.open(app.study.path.parent / "ward")
        assert study.choices == {"label": "grade", "patient": "who", "split": "none"}
        numbers = study.samples["file"].str.extract(r"(\d+)")[0].astype(int)
        assert study.samples["label"].tolist() == (numbers % 3).astype(str).tolist()

        page.get_by_text("Labels, patients and splits").click()
        driver.choose(page, "Labels", "dx")
        page.get_by_role("button", name="Take these columns").click()
        said = "Labels are from 'dx' now; the former ones are in the column 'grade'."
        expect(page.get_by_text(said).last).to_be_visible()
        driver.expect_no_traceback(page)
        study = Study.open(study.path)
        assert study.samples["label"].tolist() == numbers.map(lambda n: "ab"[n % 2]).tolist()
        assert study.samples["grade"].tolist() == (numbers % 3).tolist()
        assert study.choices["label"] == "dx"
    finally:
        runs.cancel(app.study.path.parent / "ward", patience=2.0)
