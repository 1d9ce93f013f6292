"""More images for a complete study, as a person brings them."""

import io
import os
import re
import signal
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from cae.jobs import runs
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.test_training import LONG, fill, home, open_training, press, running_process
from tests.conftest import digits_imageset

KNOWN, NEW = 360, 12


def new_digits() -> bytes:
    """A zip of images that no study holds, their table, and a file that is no image."""
    imageset, packed = digits_imageset(KNOWN + NEW), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for row in range(KNOWN, KNOWN + NEW):
            buffer = io.BytesIO()
            Image.fromarray(imageset.images[row, ..., 0]).save(buffer, "PNG")
            archive.writestr(f"new/{row}.png", buffer.getvalue())
        archive.writestr("new/broken.png", b"no image at all")
        lines = [f"{row}.png,late,train" for row in range(KNOWN, KNOWN + NEW)]
        archive.writestr("new/table.csv", "\n".join(["file,label,split", *lines]))
    return packed.getvalue()


def contents(study: Study) -> dict[str, np.ndarray]:
    return {name: np.array(getattr(study, name)) for name in ("images", "latents", "projection")}


def open_form(page: Page, app: App) -> None:
    open_training(page, app)
    press(page, app.study.path.name)
    page.get_by_text("Add images", exact=True).click()
    expect(page.get_by_role("button", name="Add to this study")).to_be_disabled()


def test_uploaded_images_join_a_study_and_its_map(page: Page, app: App) -> None:
    before, samples, clusters = contents(app.study), app.study.samples, app.study.clusters
    open_form(page, app)
    upload = {"name": "new.zip", "mimeType": "application/zip", "buffer": new_digits()}
    page.locator("input[type=file]").first.set_input_files([upload])
    expect(page.get_by_role("button", name="Add to this study")).to_be_enabled()
    press(page, "Add to this study")
    expect(page.get_by_text(f"Complete: {KNOWN + NEW} images")).to_be_visible(timeout=LONG)
    told = page.get_by_text(f"{NEW} images added from new (uploaded): 12 train. Clusters: ")
    expect(told).to_be_visible(timeout=LONG)
    expect(page.get_by_role("img", name=re.compile("^Image "))).to_have_count(NEW)
    driver.expect_no_traceback(page)

    study = Study.open(app.study.path)
    for name, values in contents(study).items():
        assert values[:KNOWN].tobytes() == before[name].tobytes(), name
    assert study.samples["id"].tolist()[:KNOWN] == samples["id"].tolist()
    assert study.samples["label"].tolist()[KNOWN:] == ["late"] * NEW
    assert study.clusters.iloc[:KNOWN].equals(clusters)
    assert study.problems["file"].str.contains("broken.png").any()
    assert study.verify() == []
    assert list((home(app) / ".uploads").iterdir()) == []

    press(page, "Open in Explore")
    driver.wait_for_map(page)
    expect(page.get_by_text(f"None of {KNOWN + NEW} selected")).to_be_visible()
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, KNOWN + NEW)


def test_images_that_are_there_are_refused_in_a_sentence(
    page: Page, app: App, tmp_path: Path
) -> None:
    np.savez(tmp_path / "known.npz", train_images=app.study.images[:30, ..., 0])
    open_form(page, app)
    page.get_by_role("tab", name="npz file").click()
    fill(page, "or its path on this computer", str(tmp_path / "known.npz"))
    press(page, "Add to this study")
    told = page.get_by_text("holds all 30 images already; nothing was added")
    expect(told).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    press(page, "Leave it")
    expect(told).to_have_count(0)
    expect(page.get_by_text(f"Complete: {KNOWN} images")).to_be_visible()
    driver.expect_no_traceback(page)


def test_an_addition_that_is_cancelled_leaves_the_study_as_it_was(page: Page, app: App) -> None:
    before = (app.study.path / "study.json").read_bytes()
    open_form(page, app)
    upload = {"name": "new.zip", "mimeType": "application/zip", "buffer": new_digits()}
    page.locator("input[type=file]").first.set_input_files([upload])
    expect(page.get_by_role("button", name="Add to this study")).to_be_enabled()
    page.get_by_role("button", name="Add to this study").click()
    try:
        cancel = page.get_by_role("button", name="Cancel")
        expect(cancel).to_be_visible(timeout=LONG)
        # So that there is time to look at it.
        os.kill(running_process(app.study.path), signal.SIGSTOP)
        expect(page.get_by_text(re.compile("Starting|Add images"))).not_to_have_count(0)
        cancel.click()
        expect(page.get_by_text("Cancelled. The study is as it was.")).to_be_visible(timeout=LONG)
        expect(page.get_by_text("What was uploaded for this is not kept")).to_be_visible()
    finally:
        runs.cancel(app.study.path, patience=2.0)
    assert list((home(app) / ".uploads").iterdir()) == []
    assert (app.study.path / "study.json").read_bytes() == before
    assert len(Study.open(app.study.path)) == KNOWN
    driver.expect_no_traceback(page)
