"""The page Agreement, as a person uses it."""

import shutil
import urllib.parse

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cae.evaluation.two_studies import measure_agreement, measured_agreement
from cae.storage import write_array, write_table
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App


@pytest.fixture
def app(app: App) -> App:
    """The app with patients of two images, a third of them tested."""
    patients = np.arange(len(app.study)) // 2
    table = app.study.samples.assign(
        patient=[f"patient {one}" for one in patients],
        split=np.where(patients % 3 == 0, "test", "train"),
    )
    write_table(app.study.file("samples.parquet"), table)
    return App(app.server, Study.open(app.study.path), app.log)


@pytest.fixture
def second(app: App) -> Study:
    """The same images with latents that know less of them."""
    path = app.study.path
    study = Study.open(shutil.copytree(path, path.with_name(f"{path.name}-blurred")))
    noise = np.random.default_rng(0).normal(size=(len(study), 3))
    with study.step("encode", {"latent": 3}) as files:
        latents = np.asarray(study.latents)[:, :3] + noise
        write_array(files.add("latents.npy"), latents.astype(np.float32))
    with study.step("project", {"seed": 0}) as files:
        write_array(files.add("projection.npy"), latents[:, :2].astype(np.float32))
    return Study.open(study.path)


def open_page(page: Page, app: App, **values: str) -> None:
    query = urllib.parse.urlencode({"study": app.study.path.name, **values})
    page.goto(f"{app.server}/agreement?{query}")
    expect(page.get_by_role("link", name="Agreement")).to_be_visible()
    # The first visit loads what measures.
    page.wait_for_selector(
        ".stApp[data-test-script-state=notRunning]",
        timeout=4 * driver.PATIENCE,
        state="attached",
    )
    driver.wait_until_idle(page)


def wait_for_maps(page: Page) -> None:
    expect(page.locator(f"{driver.MAP}[data-drawn]")).to_have_count(2, timeout=4 * driver.PATIENCE)
    driver.wait_until_idle(page)


def test_two_studies_are_compared_and_where_they_disagree_is_selected(
    page: Page, app: App, second: Study
) -> None:
    open_page(page, app)
    driver.choose(page, "Second study", second.path.name)
    page.get_by_role("button", name="Compare", exact=True).click()
    table = page.get_by_role("region", name="What each study knows of the columns")
    expect(table).to_be_visible(timeout=4 * driver.PATIENCE)
    wait_for_maps(page)
    found = measured_agreement(app.study, second)
    assert found is not None
    label = next(one for one in found.columns if one.column == "label")
    first, other = label.probes[0].first, label.probes[0].second
    line = table.get_by_role("row").filter(has_text="Label")
    expect(line).to_contain_text(f"{first.value:.2f} ({first.low:.2f} to {first.high:.2f})")
    expect(line).to_contain_text(f"{other.value:.2f} ({other.low:.2f} to {other.high:.2f})")
    summary = page.get_by_role("region", name="Agreement of both studies")
    expect(summary).to_contain_text(f"{found.arrangement.cka:.2f}")
    apart = found.arrangement.apart
    maps = page.locator(driver.MAP)
    for number in (0, 1):
        expect(maps.nth(number)).to_have_attribute("data-selected", str(len(apart)))
    widths = "one => [one.scrollWidth, one.clientWidth]"
    wide, seen = page.get_by_test_id("stMain").evaluate(widths)
    assert wide <= seen

    page.reload()
    expect(table).to_be_visible()
    wait_for_maps(page)
    assert f"other={second.path.name}" in page.url
    assert driver.gallery_rows(page) == list(apart)

    page.locator(f".cae-gallery button[data-row='{apart[0]}']").first.click()
    expect(page.get_by_text("neighbours are the same")).to_be_visible()
    expect(page.get_by_text(f"Nearest in {second.path.name}")).to_be_visible()
    assert f"image={apart[0]}" in page.url
    driver.wait_until_idle(page)
    page.get_by_role("button", name=f"Select these {len(apart)} images on Explore").click()
    expect(maps).to_have_count(1)
    driver.wait_for_selection(page, len(apart))
    driver.expect_no_traceback(page)


def test_only_studies_of_the_same_images_are_offered(page: Page, app: App, second: Study) -> None:
    other = app.study.path.with_name(f"{app.study.path.name}-others")
    study = Study.open(shutil.copytree(app.study.path, other))
    write_array(study.file("images.npy"), 255 - np.asarray(study.images))
    open_page(page, app, other=other.name)
    expect(page.get_by_text("does not hold the same images")).to_be_visible()
    box = page.get_by_role("combobox", name="Second study")
    box.click()
    for name, count in ((other.name, 0), (app.study.path.name + "-", 1)):
        box.fill(name)
        expect(page.get_by_role("option", name=name)).to_have_count(count)
    expect(page.get_by_role("option", name=second.path.name)).to_be_visible()
    driver.expect_no_traceback(page)


def test_it_fits_a_narrow_window(page: Page, app: App, second: Study) -> None:
    measure_agreement(app.study, second)
    page.set_viewport_size({"width": 420, "height": 900})
    open_page(page, app, other=second.path.name)
    expect(page.get_by_role("region", name="What each study knows")).to_be_visible()
    wait_for_maps(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_without_another_study_it_says_how_to_make_one(page: Page, app: App) -> None:
    path = app.study.path
    alone = Study.open(shutil.copytree(path, path.with_name(f"{path.name}-alone")))
    write_array(alone.file("images.npy"), np.asarray(alone.images) // 2)
    open_page(page, App(app.server, alone, app.log))
    expect(page.get_by_text("No other study here holds the same images")).to_be_visible()
    driver.expect_no_traceback(page)
