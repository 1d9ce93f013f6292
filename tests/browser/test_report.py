"""The page Report, as a person uses it."""

import pytest
from playwright.sync_api import Page, expect

from cae.evaluation import measure, measured, measured_baselines, measured_marks
from cae.jobs import runs
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.conftest import digits_imageset


def open_report(page: Page, app: App, study: str) -> None:
    page.goto(f"{app.server}/report?study={study}")
    expect(page.get_by_role("link", name="Report")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)


def test_a_model_is_measured_once_and_shown_in_figures_and_pictures(page: Page, app: App) -> None:
    assert measured(app.study) is None
    open_report(page, app, app.study.path.name)
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=driver.PATIENCE)
    driver.go_to_page(page, "Cohorts")
    expect(page.get_by_role("heading", name="No cohorts yet")).to_be_visible()
    job = runs.status(app.study.path)
    assert job.arguments == ("evaluate", str(app.study.path))
    driver.go_to_page(page, "Report")
    line = page.get_by_role("row").filter(has_text="A vote among the 15")
    expect(line).to_be_visible(timeout=4 * driver.PATIENCE)
    figures = measured(app.study)
    expect(line).to_contain_text(f"{100 * figures['knn_accuracy']:.1f} %")
    expect(line).to_contain_text(f"{100 * figures['majority']:.1f} %")
    samples = page.get_by_role("row").filter(has_text="from decoded samples alone")
    expect(samples).to_contain_text(f"{100 * figures['sample_accuracy']:.1f} %")
    expect(samples).to_contain_text(f"{100 * figures['real_accuracy']:.1f} %")
    for title in (
        "Contingency table",
        "Confusion matrix",
        "Reliability diagram",
        "Best reconstructions",
        "Cluster medoids",
    ):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    driver.expect_no_traceback(page)

    page.reload()
    expect(line).to_be_visible(timeout=driver.PATIENCE)
    expect(page.get_by_role("button", name="Measure", exact=True)).to_have_count(0)


@pytest.mark.slow
def test_baselines_are_measured_in_the_background(page: Page, app: App) -> None:
    measure(app.study)
    open_report(page, app, app.study.path.name)
    expect(page.get_by_text("in the background")).to_be_visible()
    page.get_by_role("button", name="Measure baselines too").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=driver.PATIENCE)
    page.reload()
    table = page.get_by_role("region", name="Baselines")
    expect(table).to_be_visible(timeout=12 * driver.PATIENCE)
    assert runs.status(app.study.path).state == "done"
    found = measured_baselines(app.study)
    line = table.get_by_role("row").filter(has_text="Supervised")
    expect(line).to_contain_text(f"{100 * found['supervised']['classifier_accuracy']:.1f} %")
    expect(page.get_by_role("button", name="Measure baselines too")).to_have_count(0)
    driver.expect_no_traceback(page)


def test_planted_marks_are_measured_in_the_background(page: Page, app: App) -> None:
    measure(app.study)
    open_report(page, app, app.study.path.name)
    page.get_by_role("button", name="Measure planted marks too").click()
    table = page.get_by_role("region", name="Planted marks")
    expect(table).to_be_visible(timeout=4 * driver.PATIENCE)
    row = measured_marks(app.study)["rows"][0]
    line = table.get_by_role("row").filter(has_text="spot, 2 px, 10 %")
    expect(line).to_contain_text(f"{row['lost']} of {row['seen']}")
    expect(page.get_by_role("button", name="Measure planted marks too")).to_have_count(0)
    driver.expect_no_traceback(page)


def test_a_picture_leads_to_its_image(page: Page, app: App) -> None:
    open_report(page, app, app.study.path.name)
    tile = page.locator(".cae-gallery button[data-row]").first
    expect(tile).to_be_visible(timeout=driver.PATIENCE)
    row = int(tile.get_attribute("data-row"))
    tile.click()
    driver.wait_for_map(page)
    assert f"image={row}" in page.url
    expect(page.get_by_text(app.study.samples["id"].iloc[row]).first).to_be_visible()


def test_it_fits_a_narrow_window(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(f"{app.server}/report?study={app.study.path.name}")
    expect(page.get_by_role("heading", name="How good is this model?")).to_be_visible(
        timeout=driver.PATIENCE
    )
    driver.wait_until_idle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_an_unfinished_study_says_where_to_finish_it(page: Page, app: App) -> None:
    unfinished = app.study.path.with_name(app.study.path.name + "-report")
    Study.create(unfinished, digits_imageset(24), source="digits")
    open_report(page, app, unfinished.name)
    expect(page.get_by_text("is not finished")).to_be_visible(timeout=driver.PATIENCE)
    driver.expect_no_traceback(page)
