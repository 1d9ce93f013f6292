"""The tour, as a newcomer meets it."""

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.components.explore.tour import STEPS
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.runs import new_page

CARD = ".cae-tour-card"


@pytest.fixture
def newcomer(browser: Browser) -> Iterator[Page]:
    """A browser in which the app was never opened."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield new_page(context)
    context.close()


def is_framed(page: Page, target: str) -> bool:
    frame = page.locator(".cae-tour-frame").bounding_box()
    box = page.locator(target).first.bounding_box()
    return (
        frame["x"] <= box["x"]
        and frame["y"] <= box["y"]
        and frame["x"] + frame["width"] >= box["x"] + box["width"]
        and frame["y"] + frame["height"] >= box["y"] + box["height"]
    )


def test_five_steps_point_at_what_they_name_and_are_not_shown_again(
    newcomer: Page, app: App
) -> None:
    driver.open_app(newcomer, app.address)
    expect(newcomer.locator(CARD)).to_be_focused()
    for number, (target, title, _) in enumerate(STEPS, start=1):
        expect(newcomer.locator(".cae-tour-step")).to_have_text(f"{number} of 5")
        expect(newcomer.locator(".cae-tour-title")).to_have_text(title)
        driver.wait_for(newcomer, partial(is_framed, newcomer, target))
        newcomer.keyboard.press("ArrowRight")
    expect(newcomer.locator(CARD)).to_be_hidden()
    newcomer.reload()
    driver.wait_for_map(newcomer)
    expect(newcomer.locator(CARD)).to_be_hidden()
    newcomer.get_by_role("button", name="Show the tour").click()
    expect(newcomer.locator(CARD)).to_be_visible()


def test_it_can_be_skipped_and_the_map_works_meanwhile(newcomer: Page, app: App) -> None:
    driver.open_app(newcomer, app.address)
    centre = app.study.projection.mean(axis=0)
    driver.draw(newcomer, driver.circle_around(newcomer, centre, 2.0))
    expect(newcomer.get_by_role("status").filter(has_text="360 selected")).to_be_visible()
    expect(newcomer.locator(CARD)).to_be_visible()
    newcomer.get_by_role("button", name="Skip the tour").click()
    expect(newcomer.locator(CARD)).to_be_hidden()
    newcomer.reload()
    driver.wait_for_map(newcomer)
    expect(newcomer.locator(CARD)).to_be_hidden()
