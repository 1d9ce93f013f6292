"""A component whose module comes late."""

from playwright.sync_api import Page, Route, expect

from tests.browser import driver
from tests.browser.conftest import App


def test_nothing_can_be_pressed_before_it_would_be_heard(page: Page, app: App) -> None:
    held: list[Route] = []
    page.route("**/gallery/frontend/image_viewer.js", lambda route: held.append(route))
    page.goto(app.link(image=3))
    markup = page.locator(".cae-component:has(.cae-image-viewer)")
    expect(markup).to_have_js_property("inert", True)
    expect(page.locator(".cae-image-viewer figure")).to_have_count(0)
    driver.wait_for(page, lambda: bool(held))
    held[0].continue_()
    expect(markup).to_have_js_property("inert", False)
    driver.wait_for_map(page)
    invert = markup.get_by_role("button", name="Invert")
    invert.click()
    expect(invert).to_have_attribute("aria-pressed", "true")
