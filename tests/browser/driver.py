"""Drives the app in a browser the way a person does: by mouse, keyboard and what is on screen."""

import json
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.runs import are_pending, requested

MAP = ".cae-map"
# Notes every place and width, in whole pixels, that an open popover has in any frame from now on.
WATCH_POPOVERS = """() => {
  window.popoverPlaces = [];
  const look = () => {
    for (const popover of document.querySelectorAll("[data-testid=stPopoverBody]")) {
      const { x, y, width } = popover.getBoundingClientRect();
      const { visibility, opacity } = getComputedStyle(popover);
      const place = [x, y, width].map(Math.round).join();
      const isSeen = width && visibility !== "hidden" && Number(opacity) > 0.05;
      if (isSeen && window.popoverPlaces.at(-1) !== place) window.popoverPlaces.push(place);
    }
    requestAnimationFrame(look);
  };
  look();
}"""
# Ends when what was done before has been drawn, and what was to follow the drawing has been done.
_TWO_FRAMES = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
})"""
STAGE = ".cae-map-stage"
PATIENCE = 30_000
_LIST_OPENS = 2_000
expect.set_options(timeout=PATIENCE)


def open_app(page: Page, address: str) -> None:
    """Open the app and wait until the map is drawn and nothing is running."""
    page.goto(address)
    wait_for_map(page)


def wait_for_map(page: Page) -> None:
    """Wait until a map is drawn and the script has come to rest."""
    page.wait_for_selector(f"{MAP}[data-drawn]", timeout=PATIENCE)
    wait_until_idle(page)


def wait_for(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until what a page alone cannot tell holds."""
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        page.wait_for_timeout(20)


def wait_until_idle(page: Page) -> None:
    """Wait until the app has run for all that the page asked for, and its components are there.

    What was pressed may ask for a run only once the page has been drawn anew, so two frames pass
    before it counts that nothing was asked for.
    """
    page.evaluate(_TWO_FRAMES)
    wait_for(page, lambda: not are_pending(page))
    page.wait_for_selector(
        ".stApp[data-test-script-state=notRunning]", timeout=PATIENCE, state="attached"
    )
    expect(page.locator(".cae-component[inert]")).to_have_count(0)


@contextmanager
def run_of(page: Page) -> Iterator[None]:
    """Wait, after what is done inside, until the app has run for it."""
    before = requested(page)
    yield
    wait_for(page, lambda: requested(page) > before)
    wait_until_idle(page)


def wait_until_map_rests(page: Page) -> None:
    """Wait until a map shows the same in ten frames one after another."""
    page.evaluate(
        """(stage) => new Promise((done) => {
          let [seen, times] = [null, 0];
          const look = () => {
            const view = document.querySelector(stage)?.dataset.view;
            times = view === seen ? times + 1 : 0;
            seen = view;
            if (times === 10) done(); else requestAnimationFrame(look);
          };
          look();
        })""",
        STAGE,
    )


def go_to_page(page: Page, title: str) -> None:
    """Open a page of the app by its name in the navigation."""
    with run_of(page):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()


def map_view(page: Page) -> dict[str, float]:
    """What the map shows: data point in the middle, pixels per unit, and size in pixels."""
    return json.loads(page.get_attribute(STAGE, "data-view"))


def to_screen(page: Page, place: Sequence[float]) -> tuple[float, float]:
    """Where on the page a point of the map's data lies, in pixels."""
    view, box = map_view(page), page.locator(f"{STAGE} canvas.cae-map-canvas").bounding_box()
    x = box["x"] + view["width"] / 2 + (float(place[0]) - view["x"]) * view["scale"]
    y = box["y"] + view["height"] / 2 - (float(place[1]) - view["y"]) * view["scale"]
    return x, y


def to_data(page: Page, place: Sequence[float]) -> tuple[float, float]:
    """Which point of the map's data lies at a place on the page."""
    view, box = map_view(page), page.locator(f"{STAGE} canvas.cae-map-canvas").bounding_box()
    x = view["x"] + (place[0] - box["x"] - view["width"] / 2) / view["scale"]
    y = view["y"] - (place[1] - box["y"] - view["height"] / 2) / view["scale"]
    return x, y


def circle_around(page: Page, centre: Sequence[float], radius: float) -> list[tuple[float, float]]:
    """Places on the page, in whole pixels, around a circle given in the map's data.

    The first is the leftmost, as the map's own buttons lie at its right. What of the circle lies
    off the map is drawn along the map's edge, where a press still reaches it.
    """
    angles = np.linspace(math.pi, 3 * math.pi, 36, endpoint=False)
    places = [
        to_screen(page, (centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)))
        for a in angles
    ]
    stage = page.locator(STAGE).bounding_box()
    assert stage is not None
    left, top = math.ceil(stage["x"]) + 1, math.ceil(stage["y"]) + 1
    right, bottom = left + int(stage["width"]) - 3, top + int(stage["height"]) - 3
    return [(min(max(round(x), left), right), min(max(round(y), top), bottom)) for x, y in places]


def forget_map(page: Page) -> None:
    """Let the browser lose points and colours of the map that is shown."""
    page.evaluate(
        """async () => {
          const addresses = performance.getEntriesByType("resource").map(({ name }) => name);
          const part = (name) =>
            import(addresses.find((address) => address.endsWith(`/map/frontend/${name}.js`)));
          const { points, colours } = document.querySelector(".cae-map").dataset;
          (await part("points")).keptPoints.drop([points]);
          (await part("colours")).keptColours.drop([colours]);
        }"""
    )


def drag(page: Page, places: Sequence[tuple[float, float]]) -> None:
    """Press the mouse at the first place and move over all others."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)


def draw(page: Page, places: Sequence[tuple[float, float]]) -> None:
    """Press the mouse at the first place, move over all others, and let go."""
    drag(page, places)
    page.mouse.up()


def press_tool(page: Page, name: str) -> None:
    """Press one of the buttons of the map."""
    page.locator(MAP).get_by_role("button", name=name, exact=True).click()


def selected_on_map(page: Page) -> int:
    """How many points the map shows as selected."""
    return int(page.get_attribute(MAP, "data-selected"))


def selected_in_panel(page: Page) -> int:
    """How many images the panel says are selected."""
    words = page.get_by_role("status").filter(has_text="selected").inner_text()
    count = re.match(r"([\d,]+|None) of", words).group(1)
    return 0 if count == "None" else int(count.replace(",", ""))


def wait_for_selection(page: Page, count: int) -> None:
    """Wait until map and panel both show `count` images as selected."""
    expect(page.locator(MAP)).to_have_attribute("data-selected", str(count), timeout=PATIENCE)
    said = f"{count:,} of" if count else "None of"
    expect(page.get_by_text(re.compile(rf"^{said} [\d,]+ selected$"))).to_be_visible(
        timeout=PATIENCE
    )
    wait_until_idle(page)


def gallery_rows(page: Page) -> list[int]:
    """The rows of the images in the gallery, in order, once it shows any."""
    tiles = page.locator(".cae-gallery button[data-row]")
    expect(tiles.first).to_be_visible()
    return [int(tile.get_attribute("data-row")) for tile in tiles.all()]


def all_gallery_rows(page: Page) -> list[int]:
    """Turn all pages of the gallery from the present one on, and return every row."""
    rows = gallery_rows(page)
    following = page.get_by_role("button", name="Next", exact=True)
    while following.is_enabled():
        before = gallery_rows(page)
        following.click()
        page.wait_for_function(
            "row => document.querySelector('.cae-gallery button[data-row]').dataset.row !== row",
            arg=str(before[0]),
            timeout=PATIENCE,
        )
        wait_until_idle(page)
        rows += gallery_rows(page)
    return rows


def choose(page: Page, title: str, option: str) -> None:
    """Choose in the select box called `title` the option whose name is or begins with `option`.

    The name is typed, as a long list holds only what is near its top; the box is in sight before
    that, as scrolling closes the list.
    """
    box = page.get_by_role("combobox", name=title)
    name = re.compile(f"^{re.escape(option)}")
    wait_until_idle(page)
    box.scroll_into_view_if_needed()
    if not name.match(box.input_value()):
        found = page.get_by_role("option", name=name).first

        def is_listed() -> bool:
            # What was drawn meanwhile may have moved the box, which closes its list.
            box.click()
            box.fill(option)
            try:
                found.wait_for(timeout=_LIST_OPENS)
            except TimeoutError:
                page.keyboard.press("Escape")
                return False
            return True

        wait_for(page, is_listed)
        found.click()
        expect(box).to_have_value(name)
        wait_until_idle(page)


def colour_by(page: Page, title: str) -> None:
    """Colour the map by another column."""
    choose(page, "Colour by", title)
    expect(page.locator(".cae-map-legend-title")).to_have_text(title, timeout=PATIENCE)


def sort_by(page: Page, title: str) -> None:
    """Sort the gallery of the selection."""
    choose(page, "Sort by", title)


def save_cohort(page: Page, name: str, note: str = "", meant: str = "") -> None:
    """Save the selection as a cohort and wait until the app says so.

    Where filters are set, `meant` begins the answer to what is to be saved.
    """
    page.get_by_role("button", name="Save as cohort").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Note", exact=True).fill(note)
    if meant:
        page.get_by_text(re.compile(f"^{meant}")).click()
    page.get_by_role("button", name=re.compile(r"^Save( [\d,]+ images)?$")).click()
    expect(page.get_by_text(f"Saved “{name}”")).to_be_visible(timeout=PATIENCE)
    wait_until_idle(page)


def hyphens_for_minus(page: Page) -> list[str]:
    """Numbers on screen, or told to a screen reader, whose minus sign is a hyphen."""
    told = page.evaluate(
        """() => [document.body.innerText, ...[...document.querySelectorAll("*")].flatMap(
          (one) => ["aria-label", "aria-valuetext", "title"].map((name) => one.getAttribute(name))
        )].filter(Boolean).join("\\n")"""
    )
    return re.findall(r"(?<![\w.–-])-\d[\d.,]*", told)


def expect_no_traceback(page: Page) -> None:
    """Check that nothing on the page looks like a Python traceback."""
    words = page.locator("body").inner_text()
    assert "Traceback" not in words
    assert not re.search(r"\b[A-Z]\w+(Error|Exception)\b:?", words)
    assert page.get_by_test_id("stException").count() == 0
