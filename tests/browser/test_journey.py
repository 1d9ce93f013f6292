"""The whole way on real images: first start, lasso, cohort, reload, export, interpolation."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page

from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import chromium, running_app
from tests.browser.runs import new_page
from tests.browser.test_cohorts import exported
from tests.browser.test_interpolate import frames, mark_of, originals, wait_for_film

FIRST_MAP = 120_000


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[str]:
    """The address of an app that has never been started before, with no study of anyone's."""
    if chromium() is None:
        pytest.skip("there is no Chromium in PATH or in $CHROMIUM")
    with running_app(tmp_path / "home") as (address, _log):
        yield address


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield new_page(context)
    context.close()


def test_from_first_start_to_a_checked_cohort_and_a_decoded_path(
    window: Page, first_start: str, tmp_path: Path
) -> None:
    page = window
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
