"""Mean, likely and spread, as a person switches between them."""

import numpy as np
from playwright.sync_api import Locator, Page, expect

from cae.decoding.decoded_path import decode_path, walk
from cae.decoding.rendering import LIKELY, Rendering
from cae.study import steps
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.test_interpolate import (
    STEPS,
    address_values,
    frames,
    open_page,
    wait_for_film,
)

ROWS = [3, 200]
ANCHORS = {"a": "3", "b": "200", "steps": "5"}


def press(page: Page, name: str) -> None:
    page.get_by_role("radiogroup", name="Decoded images show").get_by_text(name).click()


def image_of(page: Page, step: int) -> Locator:
    return page.locator(f"{STEPS} img").nth(step)


def test_likely_images_are_shown_drawn_anew_checked_and_never_measured(
    page: Page, app: App
) -> None:
    study = Study.open(app.study.path)
    steps.sharpen(study, epochs=1, width=8)
    path = walk(study, ROWS, 5)
    drawn = [decode_path(study, path, Rendering(LIKELY, seed)) for seed in (0, 1)]
    open_page(page, app, **ANCHORS)
    assert np.array_equal(frames(page), drawn[0].means)
    before = image_of(page, 2).get_attribute("src")
    press(page, "Likely")
    expect(image_of(page, 2)).not_to_have_attribute("src", before)
    expect(page.get_by_text("detail that the mean lacks is invented")).to_be_visible()
    assert np.array_equal(frames(page), drawn[0].images)
    before = image_of(page, 2).get_attribute("src")
    page.get_by_role("button", name="Another one").click()
    expect(image_of(page, 2)).not_to_have_attribute("src", before)
    assert np.array_equal(frames(page), drawn[1].images)
    driver.wait_until_idle(page)
    assert address_values(page)["drawn"] == "likely"
    page.reload()
    wait_for_film(page, 5)
    assert np.array_equal(frames(page), drawn[1].images)
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF").click()
    assert download.value.suggested_filename.endswith("-likely-noise1.gif")
    page.get_by_text("Check", exact=True).click()
    expect(page.locator(".cae-map-checked")).to_have_count(5)
    expect(page.locator(".cae-film-apart")).to_have_count(5)
    expect(page.locator(f"{STEPS} .cae-original")).to_have_count(5)
    press(page, "Spread")
    expect(page.get_by_alt_text("Synthetic image: where they differ")).to_be_visible()
    expect(page.get_by_alt_text("Synthetic image: invented, seed 8")).to_be_visible()
    driver.expect_no_traceback(page)


def test_without_a_sharp_decoder_only_the_mean_is_offered(page: Page, app: App) -> None:
    open_page(page, app, **ANCHORS, drawn="likely")
    path = decode_path(app.study, walk(app.study, ROWS, 5))
    assert np.array_equal(frames(page), path.means)
    switch = page.get_by_role("radiogroup", name="Decoded images show")
    expect(switch.get_by_text("Likely")).to_be_disabled()
    driver.expect_no_traceback(page)
