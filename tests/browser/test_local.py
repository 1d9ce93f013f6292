"""The page Local, as a person uses it."""

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cae.cohorts.selection import Selection
from cae.decoding.locate import locate
from cae.jobs import runs
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.conftest import add_local_model

LONG = 4 * driver.PATIENCE


def open_local(page: Page, app: App) -> None:
    page.goto(f"{app.server}/local?study={app.study.path.name}")
    expect(page.get_by_role("link", name="Local")).to_be_visible(timeout=LONG)


def tiles(page: Page) -> Locator:
    return page.locator(".cae-pixels button")


def wait_for_board(page: Page, count: int) -> None:
    expect(tiles(page)).to_have_count(count, timeout=LONG)
    driver.wait_until_idle(page)


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download(timeout=LONG) as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def test_regions_are_shown_hidden_and_exported(page: Page, app: App) -> None:
    add_local_model(app.study)
    app.study.cohorts.save("nine", Selection.empty().combine(np.arange(9), "replace", {}))
    open_local(page, app)
    wait_for_board(page, 12)
    overlay = tiles(page).first.locator(".cae-pixels-overlay")
    before = overlay.get_attribute("src")
    assert overlay.evaluate("image => image.style.opacity") == "0.6"
    page.get_by_role("button", name="Hide all").click()
    expect(overlay).not_to_have_attribute("src", before, timeout=LONG)

    driver.choose(page, "Images", "Cohort “nine” (9)")
    wait_for_board(page, 9)
    page.get_by_role("button", name="Prepare the masks of 9 images").click()
    expect(page.get_by_role("button", name="Masks (ZIP)")).to_be_visible(timeout=LONG)
    with zipfile.ZipFile(io.BytesIO(downloaded(page, "Masks (ZIP)"))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for line in files["checksums.sha256"].decode().splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert len([name for name in files if name.endswith(".png")]) == 9
    driver.expect_no_traceback(page)


def test_a_point_is_chosen_by_mouse_keys_and_numbers_and_found_again(page: Page, app: App) -> None:
    add_local_model(app.study)
    open_local(page, app)
    wait_for_board(page, 12)
    stage = tiles(page).nth(2).locator(".cae-pixels-stage")
    row = int(tiles(page).nth(2).get_attribute("data-row"))
    side = stage.bounding_box()["width"]
    stage.click(position={"x": side * 10.5 / 28, "y": side * 7.5 / 28})
    wait_for_board(page, 13)
    column = page.get_by_role("spinbutton", name="Column")
    expect(column).to_have_value("10", timeout=LONG)
    expect(page.get_by_role("spinbutton", name="Row")).to_have_value("7")

    template = tiles(page).filter(has_text="the point")
    template.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("spinbutton", name="Row")).to_have_value("15", timeout=LONG)
    expect(column).to_have_value("11")
    expect(template).to_have_attribute("aria-label", re.compile("Column 11, row 15"))
    expect(template).to_be_focused()

    column.fill("20")
    column.press("Enter")
    expect(page.get_by_text("the point, column 20, row 15")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Coordinates (CSV)")).to_be_visible(timeout=LONG)
    driver.wait_until_idle(page)
    table = downloaded(page, "Coordinates (CSV)")
    lines = list(csv.DictReader(io.StringIO(table.decode())))
    rows = np.array([int(line["row"]) for line in lines])
    found = locate(Study.open(app.study.path), row, 20, 15, rows).found
    assert [[int(line["x"]), int(line["y"])] for line in lines] == found.xy.tolist()
    told = json.loads(downloaded(page, "Provenance (JSON)"))
    assert told["landmarks"]["row"] == row
    assert told["landmarks"]["sha256"] == hashlib.sha256(table).hexdigest()
    # What is looked at is in the address, so that a reload or a link shows it again.
    page.reload()
    expect(page.get_by_text("the point, column 20, row 15")).to_be_visible(timeout=LONG)
    driver.expect_no_traceback(page)


def test_areas_colour_the_map(page: Page, app: App) -> None:
    add_local_model(app.study)
    driver.open_app(page, app.address)
    driver.colour_by(page, "Region 1 area")
    driver.expect_no_traceback(page)


@pytest.mark.slow
def test_where_there_is_no_local_model_one_is_trained(page: Page, app: App) -> None:
    open_local(page, app)
    expect(page.get_by_text("has no local model yet")).to_be_visible(timeout=LONG)
    page.get_by_text("Settings", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("1")
    epochs.press("Enter")
    driver.wait_until_idle(page)
    try:
        page.get_by_role("button", name="Train a local model").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=LONG)
        wait_for_board(page, 12)
    finally:
        runs.cancel(app.study.path, patience=2.0)
    study = Study.open(app.study.path)
    assert study.is_current("areas") and study.is_current("cluster")
    assert study.parameters("local")["epochs"] == 1
    driver.expect_no_traceback(page)


def test_it_fits_a_narrow_window(page: Page, app: App) -> None:
    add_local_model(app.study)
    page.set_viewport_size({"width": 420, "height": 900})
    open_local(page, app)
    wait_for_board(page, 12)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
