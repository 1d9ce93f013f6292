"""The whole way on real images: first start, lasso, cohort, reload, export, interpolation."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from cae.cohorts import table_one
from cae.export.table_one import export_table_one
from cae.jobs import runs
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App, chromium, running_app
from tests.browser.runs import new_page
from tests.browser.test_cohorts import card, exported
from tests.browser.test_compare import address_values, download, wait_for_page
from tests.browser.test_interpolate import frames, mark_of, originals, wait_for_film
from tests.browser.test_training import LONG, choose_epochs, open_training, press
from tests.conftest import digits_imageset

FIRST_MAP = 120_000


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[str]:
    """The address of an app that has never been started before, with no study of anyone's."""
    if chromium() is None:
        pytest.skip("there is no Chromium in PATH or in $CHROMIUM")
    with running_app(tmp_path / "home") as (address, _log):
        yield address


@pytest.fixture
def new_window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield new_page(context)
    context.close()


def test_from_first_start_to_a_checked_cohort_and_a_decoded_path(
    new_window: Page, first_start: str, tmp_path: Path
) -> None:
    page = new_window
    page.goto(first_start, timeout=FIRST_MAP)
    page.wait_for_selector(f"{driver.MAP}[data-drawn]", timeout=FIRST_MAP)
    driver.wait_until_idle(page)
    study = Study.open(tmp_path / "home" / "brain")
    assert len(study) >= 4000

    xy = np.asarray(study.projection, dtype=float)
    centre = np.median(xy[study.clusters["cluster"].to_numpy() == 0], axis=0)
    reach = 0.08 * float(np.ptp(xy, axis=0).max())
    places = driver.circle_around(page, centre, reach)
    driver.draw(page, places)
    outline = shapely.Polygon([driver.to_data(page, place) for place in places])
    expected = np.flatnonzero(shapely.contains_xy(outline, xy[:, 0], xy[:, 1])).tolist()
    assert 20 < len(expected) < len(xy) / 2
    driver.wait_for_selection(page, len(expected))
    assert driver.gallery_rows(page) == expected[: len(driver.gallery_rows(page))]

    driver.save_cohort(page, "frontal fold", "drawn by hand")
    page.reload()
    driver.wait_for_map(page)
    driver.wait_for_selection(page, len(expected))

    (cohort,) = study.cohorts.list()
    assert study.cohorts.get(cohort.id).rows.tolist() == expected
    driver.go_to_page(page, "Cohorts")
    card = page.locator(f".st-key-cohort-{cohort.id}")
    card.get_by_role("button", name="Export").click()
    with exported(page, cohort.id, tmp_path) as archive:
        check_archive(archive, study, expected)

    driver.go_to_page(page, "Interpolate")
    wait_for_film(page, 9)
    ends = [expected[0], expected[-1]]
    page.goto(f"{first_start}/interpolate?study=brain&a={ends[0]}&b={ends[1]}&steps=7")
    wait_for_film(page, 7)
    for end, row in zip(originals(page), ends, strict=True):
        assert np.array_equal(end, study.images[row])
    decoded = frames(page).astype(int)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(decoded, decoded[1:], strict=False))
    assert set(mark_of(page, ".cae-film button span")) == {"synthetic"}
    driver.expect_no_traceback(page)


def packed_digits(count: int) -> bytes:
    """A zip of digits of some patients and a table of them, as a hospital might send it."""
    imageset, packed = digits_imageset(count), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for row in range(count):
            picture = io.BytesIO()
            Image.fromarray(imageset.images[row, ..., 0]).save(picture, "PNG")
            archive.writestr(f"ward/scan-{row:03d}.png", picture.getvalue())
        table = imageset.table[["label", "patient", "ink"]]
        table = table.assign(patient=[f"patient {row // 2}" for row in range(count)])
        table = table.assign(file=[f"scan-{row:03d}.png" for row in range(count)])
        archive.writestr("ward/table.csv", table.to_csv(index=False))
    return packed.getvalue()


def test_from_an_import_to_the_same_cohort_out_of_its_own_manifest(
    page: Page, app: App, tmp_path: Path
) -> None:
    home = app.study.path.parent
    open_training(page, app)
    upload = {"name": "ward.zip", "mimeType": "application/zip", "buffer": packed_digits(150)}
    page.locator("input[type=file]").first.set_input_files([upload])
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    press(page, "Import")
    expect(page.get_by_text(re.compile("^150 grey images"))).to_be_visible(timeout=LONG)
    study = Study.open(home / "ward")
    try:
        choose_epochs(page, 2)
        press(page, "Start training")
        expect(page.get_by_text("Complete: 150 images")).to_be_visible(timeout=2 * LONG)
    finally:
        runs.cancel(study.path, patience=2.0)
    study = Study.open(study.path)
    press(page, "Open in Explore")
    driver.wait_for_map(page)

    xy = np.asarray(study.projection, dtype=float)
    centre = np.median(xy, axis=0)
    reach = float(np.quantile(np.linalg.norm(xy - centre, axis=1), 0.5))
    places = driver.circle_around(page, centre, reach)
    driver.draw(page, places)
    outline = shapely.Polygon([driver.to_data(page, place) for place in places])
    inside = np.flatnonzero(shapely.contains_xy(outline, xy[:, 0], xy[:, 1]))
    assert 20 < len(inside) < 130
    driver.wait_for_selection(page, len(inside))
    driver.save_cohort(page, "half of the ward", "drawn by hand")

    page.get_by_role("button", name="Compare", exact=True).click()
    wait_for_page(page)
    expect(page.get_by_text("A · Selection")).to_be_visible()
    token = address_values(page)["selection"]
    asked = [f"selection:{token}", "rest"]
    name, content = download(page, "CSV")
    expected = export_table_one(study, table_one(study, asked), tmp_path / "expected.csv")
    assert (name, content) == ("table-1.csv", expected.read_bytes())
    assert content.decode("utf-8-sig").count("Label") == 1

    driver.go_to_page(page, "Cohorts")
    (cohort,) = study.cohorts.list()
    card(page, cohort.id).get_by_role("button", name="Export").click()
    with exported(page, cohort.id, tmp_path) as archive:
        manifest = next(name for name in archive.namelist() if name.endswith("images.csv"))
        ids = archive.read(manifest)
    page.keyboard.press("Escape")
    page.get_by_text("Import ids").click()
    sent = {"name": "images.csv", "mimeType": "text/csv", "buffer": ids}
    page.locator("input[type=file]").set_input_files([sent])
    count = len(inside)
    expect(page.get_by_text(f"{count} of {count} ids name an image (100.0 %).")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("the same")
    page.get_by_role("button", name=f"Save {count} images").click()
    expect(page.get_by_role("heading", name="the same")).to_be_visible()
    again = study.cohorts.get_by_name("the same")
    assert again.rows.tolist() == inside.tolist() == study.cohorts.get(cohort.id).rows.tolist()
    driver.expect_no_traceback(page)


def check_archive(archive: zipfile.ZipFile, study: Study, rows: list[int]) -> None:
    names = archive.namelist()
    root = next(name for name in names if name.endswith("checksums.sha256")).removesuffix(
        "checksums.sha256"
    )
    for line in archive.read(f"{root}checksums.sha256").decode().splitlines():
        digest, name = line.split(maxsplit=1)
        assert hashlib.sha256(archive.read(root + name.lstrip("*"))).hexdigest() == digest
    latents = np.load(io.BytesIO(archive.read(f"{root}latents.npy")))
    assert np.array_equal(latents, study.latents[rows])
    assert sum(name.startswith(f"{root}images/") for name in names) == len(rows)
    # The embedded brain comes with masks of two tissues.
    masks = [name for name in names if name.startswith(f"{root}masks/")]
    assert len({Path(name).name for name in masks}) <= len(rows) < len(masks)
    facts = json.loads(archive.read(f"{root}provenance.json"))
    assert "lasso" in json.dumps(facts)
