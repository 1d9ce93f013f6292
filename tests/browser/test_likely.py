"""Mean, likely and spread, as a person switches between them."""

from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cae.decoding.decoded_path import decode_path, walk
from cae.decoding.lens import decode_lens
from cae.decoding.rendering import LIKELY, Rendering, render
from cae.study import steps
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.test_interpolate import (
    STEPS,
    address_values,
    frames,
    open_page,
    pixels,
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


def test_on_a_phone_the_lens_stays_above_the_map_and_the_spread_lies_below(
    page: Page, app: App
) -> None:
    steps.sharpen(Study.open(app.study.path), epochs=1, width=8)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app.link(decode="lens", drawn="spread").replace("/?", "/interpolate?"))
    driver.wait_for_map(page)
    lens, stage = page.locator(".cae-lens"), page.locator(driver.STAGE)
    spread = page.get_by_text("where they differ")
    expect(spread).to_be_visible()

    def top(found: Locator) -> float:
        return found.evaluate("one => one.getBoundingClientRect().top")

    assert top(lens) < top(stage) < top(spread)
    stage.evaluate("one => one.scrollIntoView({ block: 'end' })")
    expect(lens).to_be_in_viewport(ratio=0.9)
    expect(stage).to_be_in_viewport(ratio=0.9)


def is_drawn(picture: Locator, expected: np.ndarray) -> bool:
    """Whether a picture is as expected; decoded beside others a grey level is rounded otherwise."""
    return bool(np.abs(pixels(picture).astype(int) - expected).max() <= 1)


def test_lens_and_plane_draw_what_is_invented_where_one_looks(page: Page, app: App) -> None:
    study = Study.open(app.study.path)
    steps.sharpen(study, epochs=1, width=8)
    lens = decode_lens(study)
    page.goto(app.link(decode="lens", drawn="likely", noise="2").replace("/?", "/interpolate?"))
    driver.wait_for_map(page)
    shown, likely = page.locator(".cae-lens"), page.get_by_alt_text("likely, seed 2")
    expect(likely).to_be_visible()
    before = likely.get_attribute("src")
    page.mouse.move(*driver.to_screen(page, study.projection[41]))
    expect(likely).not_to_have_attribute("src", before)
    driver.wait_until_idle(page)
    cell = int(shown.get_attribute("data-cell"))
    expected = render(study, lens.latents[[cell]], Rendering(LIKELY, 2))[0]
    # A picture of where the pointer was on its way may come before.
    driver.wait_for(page, lambda: is_drawn(likely, expected))
    page.mouse.move(5, 5, steps=4)
    expect(shown).to_have_attribute("data-cell", str(cell))
    press(page, "Spread")
    expect(page.get_by_text("Seeds 2 to 9")).to_be_visible()
    expect(page.get_by_alt_text("Synthetic image: where they differ")).to_be_visible()
    drawn = page.get_by_alt_text("Synthetic image: invented, seed 2")
    assert is_drawn(drawn, expected)
    expect(shown).to_have_attribute("data-cell", str(cell))
    with page.expect_download() as download:
        page.get_by_role("button", name="Spread (PNG)").click()
    assert "noise2" in download.value.suggested_filename
    page.goto(app.link(decode="plane", a="7", drawn="likely").replace("/?", "/interpolate?"))
    of_middle = render(study, study.latents[[7]], Rendering(LIKELY, 0))[0]
    expect(page.get_by_alt_text("likely, seed 0")).to_be_visible()
    assert is_drawn(page.get_by_alt_text("likely, seed 0"), of_middle)
    driver.expect_no_traceback(page)


def test_what_is_invented_of_an_image_is_called_so_beside_it(
    page: Page, app: App, tmp_path: Path
) -> None:
    study = Study.open(app.study.path)
    steps.sharpen(study, epochs=1, width=8)
    Image.fromarray(np.asarray(study.images[3])[..., 0]).save(tmp_path / "mine.png")
    driver.open_app(page, app.link(find="own", drawn="likely", noise="2"))
    page.get_by_label("Choose an image file").set_input_files(tmp_path / "mine.png")
    invented = "likely, seed 2: its detail is invented"
    expect(page.get_by_alt_text(f"Synthetic image: {invented}")).to_be_visible()
    driver.open_app(page, app.link(image="3", drawn="likely", noise="2"))
    expect(page.get_by_text(invented)).to_be_visible()
    driver.expect_no_traceback(page)


def test_without_a_sharp_decoder_only_the_mean_is_offered(page: Page, app: App) -> None:
    open_page(page, app, **ANCHORS, drawn="likely")
    path = decode_path(app.study, walk(app.study, ROWS, 5))
    assert np.array_equal(frames(page), path.means)
    switch = page.get_by_role("radiogroup", name="Decoded images show")
    expect(switch.get_by_text("Likely")).to_be_disabled()
    driver.expect_no_traceback(page)
