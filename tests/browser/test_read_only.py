"""A study that was opened by its address: looked at like any other, and changed by nothing."""

import numpy as np
from playwright.sync_api import Page, expect

from cae.cohorts.selection import Selection
from cae.read_only import MARK
from cae.storage import write_json
from tests.browser import driver
from tests.browser.conftest import App

ADDRESS = "s3://clinic/digits"


def test_a_read_only_study_is_explored_and_says_why_nothing_can_be_changed(
    page: Page, app: App
) -> None:
    cohort = app.study.cohorts.save("kept", Selection(np.arange(5)))
    write_json(app.study.path / MARK, {"address": ADDRESS, "files": {}})
    before = {p: p.stat().st_mtime_ns for p in app.study.path.rglob("*") if p.is_file()}
    driver.open_app(page, app.address)
    expect(
        page.get_by_test_id("stSidebar").get_by_text(f"Read-only, of {ADDRESS}.")
    ).to_be_visible()
    places = np.asarray(app.study.projection)
    driver.draw(page, driver.circle_around(page, places.mean(axis=0), np.ptp(places) / 5))
    expect(page.locator(driver.MAP)).not_to_have_attribute("data-selected", "0")
    driver.wait_until_idle(page)
    button = page.get_by_role("button", name="Save as cohort")
    expect(button).to_be_disabled()
    button.hover(force=True)
    expect(page.get_by_text(f"The study {ADDRESS} is opened read-only")).to_be_visible()

    driver.go_to_page(page, "Cohorts")
    card = page.locator(f".st-key-cohort-{cohort.id}")
    expect(card.get_by_role("button", name="Delete")).to_be_disabled()
    expect(card.get_by_role("button", name="Export")).to_be_enabled()
    driver.expect_no_traceback(page)
    after = {p: p.stat().st_mtime_ns for p in app.study.path.rglob("*") if p.is_file()}
    worked_out = {path for path in after if "derived" in path.parts or "cohorts.db" in path.name}
    assert {p: t for p, t in after.items() if p not in worked_out} == {
        p: t for p, t in before.items() if p not in worked_out
    }
