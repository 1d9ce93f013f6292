"""Colours that can be told apart in both themes."""

import re
import tomllib

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import driver
from tests.browser.conftest import ROOT, App

THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"]


def rgb(colour: str) -> list[int]:
    if colour.startswith("#"):
        return list(bytes.fromhex(colour[1:]))
    return [int(channel) for channel in re.findall(r"\d+", colour)[:3]]


def contrast(first: str, second: str) -> float:
    """The contrast of two colours as WCAG 2.2 defines it, 1–21."""

    def luminance(colour: str) -> float:
        shares = [channel / 255 for channel in rgb(colour)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def style(found: Locator, name: str) -> str:
    return found.evaluate("(one, name) => getComputedStyle(one)[name]", name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_stands_on_the_accent_can_be_read(page: Page, app: App, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    accent, ground = (THEME[scheme][name] for name in ("primaryColor", "backgroundColor"))
    assert contrast(accent, ground) >= 3
    chosen = {"group": "label:1", "against": "label:0", "also": '["label:2"]'}
    page.goto(app.link(**chosen).replace("/?", "/compare?"))
    tag = page.get_by_test_id("stMultiSelect").locator("[data-tag]")
    expect(tag).to_have_count(1)
    assert contrast(style(tag, "color"), style(tag, "backgroundColor")) >= 4.5
    driver.go_to_page(page, "Data & training")
    button = page.get_by_role("button", name="New study")
    page.mouse.move(5, 5)
    assert rgb(style(button, "backgroundColor")) == rgb(accent)
    assert contrast(style(button, "color"), accent) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_that_has_the_focus_has_a_ring(page: Page, app: App, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    driver.open_app(page, app.address)
    links = page.get_by_test_id("stSidebarNavLink")
    links.first.focus()
    page.keyboard.press("Tab")
    assert style(links.nth(1), "outlineStyle") == "solid"
    assert rgb(style(links.nth(1), "outlineColor")) == rgb(THEME[scheme]["primaryColor"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_shows_through_the_button_of_the_menu(
    page: Page, app: App, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    driver.open_app(page, app.address)
    button = page.get_by_test_id("stExpandSidebarButton")
    assert rgb(style(button, "backgroundColor")) == rgb(THEME[scheme]["backgroundColor"])
