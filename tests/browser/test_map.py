"""The map itself: selecting, looking closer, and what is shown on it."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from cae.jobs import runs
from cae.storage import write_array
from cae.study.cluster_names import cluster_names
from cae.study.maps import Projection, list_projections, positions, umap_projection
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App

CARD = ".cae-map-card"


def hover(page: Page, app: App, row: int) -> None:
    """Rest the pointer on the point of a row."""
    page.mouse.move(*driver.to_screen(page, np.asarray(app.study.projection)[row]))


def row_in_view(page: Page, app: App, cluster: int) -> int:
    """The row of a cluster that lies nearest to the middle of what the map shows."""
    view = driver.map_view(page)
    away = np.asarray(app.study.projection, dtype=float) - (view["x"], view["y"])
    rows = np.flatnonzero(app.study.clusters["cluster"] == cluster)
    return int(rows[np.linalg.norm(away[rows], axis=1).argmin()])


def lonely_row(app: App) -> int:
    """The row whose nearest point is farthest away."""
    xy = np.asarray(app.study.projection, dtype=float)
    distances = np.linalg.norm(xy[:, None] - xy[None], axis=-1)
    return int(np.argmax(np.sort(distances, axis=1)[:, 1]))


def box(page: Page, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Drag a box between shares of the map's window; its corners in the map's data."""
    frame = page.locator(f"{driver.STAGE} .cae-map-canvas").bounding_box()
    places = [
        (round(frame["x"] + x * frame["width"]), round(frame["y"] + y * frame["height"]))
        for x, y in ((left, top), (right, bottom))
    ]
    corners = np.array([driver.to_data(page, place) for place in places])
    driver.draw(page, [places[0], (places[0][0] + 9, places[0][1] + 9), places[1]])
    return np.sort(corners, axis=0)


def rows_in_box(app: App, corners: np.ndarray) -> set[int]:
    xy = np.asarray(app.study.projection, dtype=float)
    return set(np.flatnonzero(((xy >= corners[0]) & (xy <= corners[1])).all(axis=1)).tolist())


def rows_of_cluster(app: App, cluster: int) -> set[int]:
    return set(np.flatnonzero(app.study.clusters["cluster"] == cluster).tolist())


def entry(page: Page, name: str):
    return page.locator(".cae-map-entry").filter(has_text=name)


def test_modes_intersect_and_invert_and_the_keys_of_history(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.press_tool(page, "Box")
    left = rows_in_box(app, box(page, 0.01, 0.01, 0.6, 0.99))
    driver.wait_for_selection(page, len(left))
    driver.press_tool(page, "Intersect")
    top = rows_in_box(app, box(page, 0.01, 0.01, 0.9, 0.5))
    assert left - top
    assert left & top
    driver.wait_for_selection(page, len(left & top))
    expect(page.get_by_text("Box, only in box")).to_be_visible()

    page.locator(driver.STAGE).focus()
    page.keyboard.press("i")
    driver.wait_for_selection(page, len(app.study) - len(left & top))
    expect(page.get_by_text("All but (box, only in box)")).to_be_visible()
    page.keyboard.press("Control+z")
    driver.wait_for_selection(page, len(left & top))
    page.keyboard.press("Control+z")
    driver.wait_for_selection(page, len(left))
    page.keyboard.press("Control+Shift+Z")
    driver.wait_for_selection(page, len(left & top))
    page.keyboard.press("Control+a")
    driver.wait_for_selection(page, len(app.study))
    page.keyboard.press("Escape")
    driver.wait_for_selection(page, 0)
    driver.press_tool(page, "Undo")
    driver.wait_for_selection(page, len(app.study))
    driver.press_tool(page, "Invert")
    driver.wait_for_selection(page, 0)


def test_shift_and_alt_together_intersect(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(app.study))
    driver.press_tool(page, "Box")
    page.keyboard.down("Shift")
    page.keyboard.down("Alt")
    pressed = page.locator('.cae-map [data-mode="intersect"]')
    expect(pressed).to_have_attribute("aria-pressed", "true")
    inside = rows_in_box(app, box(page, 0.2, 0.2, 0.7, 0.8))
    page.keyboard.up("Alt")
    page.keyboard.up("Shift")
    assert 0 < len(inside) < len(app.study)
    driver.wait_for_selection(page, len(inside))


def test_escape_first_gives_up_the_sketch(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(app.study))
    page.locator(driver.STAGE).focus()
    frame = page.locator(driver.STAGE).bounding_box()
    page.mouse.move(frame["x"] + 50, frame["y"] + 50)
    page.mouse.down()
    page.mouse.move(frame["x"] + 90, frame["y"] + 90)
    page.mouse.move(frame["x"] + 190, frame["y"] + 90)
    expect(page.locator(".cae-map-sketch")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".cae-map-sketch")).to_have_count(0)
    page.mouse.up()
    driver.wait_for_selection(page, len(app.study))


def test_shortcuts_are_listed_and_the_map_is_used_by_keys_alone(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    stage = page.locator(driver.STAGE)
    stage.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Shortcuts of the map")
    expect(dialog.get_by_text("Ctrl+Shift+Z")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Shortcuts", exact=True).click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()

    stage.focus()
    before = driver.map_view(page)
    for _ in range(3):
        page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        """([scale, x]) => {
          const view = JSON.parse(document.querySelector('.cae-map-stage').dataset.view);
          return view.scale > 2 * scale && view.x < x;
        }""",
        arg=[before["scale"], before["x"]],
    )
    page.keyboard.press("v")
    view = driver.map_view(page)
    reach = np.array([view["width"], view["height"]]) / 2 / view["scale"]
    middle = np.array([view["x"], view["y"]])
    inside = rows_in_box(app, np.array([middle - reach, middle + reach]))
    assert 0 < len(inside) < len(app.study)
    driver.wait_for_selection(page, len(inside))

    for key in ("0", "-", "-", "-", "-"):
        page.keyboard.press(key)
    # Where the middle of the map holds no image, one is a few steps away.
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
        driver.wait_until_map_rests(page)
        if page.locator(f"{CARD} strong").is_visible():
            break
    expect(page.locator(f"{CARD} strong")).to_be_visible()
    name = page.locator(f"{CARD} strong").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".cae-count")).to_have_text(name, timeout=driver.PATIENCE)


def test_the_card_shows_the_image_without_running_the_page(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    row = lonely_row(app)
    hover(page, app, row)
    card = page.locator(CARD)
    expect(card.locator("strong")).to_have_text(app.study.samples["id"].iloc[row])
    expect(card).to_contain_text(f"Label: {app.study.samples['label'].iloc[row]}")
    expect(page.locator(f'{CARD}[data-row="{row}"]')).to_be_visible(timeout=driver.PATIENCE)
    grey = page.evaluate(
        """() => {
          const canvas = document.querySelector('.cae-map-card-picture');
          const {width, height} = canvas;
          const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
          const found = [];
          for (let y = 0; y < 28; y++) for (let x = 0; x < 28; x++) {
            found.push(pixels[4 * (Math.floor((y + .5) * height / 28) * width
              + Math.floor((x + .5) * width / 28))]);
          }
          return found;
        }"""
    )
    assert np.array_equal(np.array(grey), np.asarray(app.study.images[row]).ravel())


def test_images_lie_on_the_map_when_asked_for_and_when_there_is_room(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    mosaic = page.locator(".cae-map-mosaic")
    expect(mosaic).to_have_attribute("data-tiles", "0")
    driver.press_tool(page, "Images on the map")
    page.wait_for_function(
        "() => { const { tiles, drawn } = document.querySelector('.cae-map-mosaic').dataset;"
        "return tiles > 5 && tiles === drawn }",
        timeout=driver.PATIENCE,
    )
    driver.press_tool(page, "Images on the map")
    expect(mosaic).to_have_attribute("data-tiles", "0")

    page.reload()
    driver.wait_for_map(page)
    page.mouse.move(*driver.to_screen(page, np.asarray(app.study.projection)[lonely_row(app)]))
    for _ in range(5):
        page.mouse.wheel(0, -500)
    page.wait_for_function(
        "() => document.querySelector('.cae-map-mosaic').dataset.drawn > 0",
        timeout=driver.PATIENCE,
    )
    button = page.get_by_role("button", name="Images on the map")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_legend_counts_follow_view_and_selection(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    members = rows_of_cluster(app, 0)
    numbers = entry(page, "Cluster 0").locator("small")
    expect(numbers).to_have_text(f"0 / {len(members)} / {len(members)}")
    entry(page, "Cluster 0").locator(".cae-map-category").click()
    driver.wait_for_selection(page, len(members))
    expect(numbers).to_have_text(" / ".join([str(len(members))] * 3))

    page.mouse.move(*driver.to_screen(page, np.asarray(app.study.projection)[min(members)]))
    page.mouse.wheel(0, -900)
    driver.wait_until_map_rests(page)
    view = driver.map_view(page)
    reach = np.array([view["width"], view["height"]]) / 2 / view["scale"]
    middle = np.array([view["x"], view["y"]])
    inside = members & rows_in_box(app, np.array([middle - reach, middle + reach]))
    assert 0 < len(inside) < len(members)
    expect(numbers).to_have_text(f"{len(members)} / {len(inside)} / {len(members)}")


def test_what_is_hidden_cannot_be_selected(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    hidden, members = rows_of_cluster(app, 1), rows_of_cluster(app, 2)
    page.get_by_role("button", name="Hide Cluster 1", exact=True).click()
    expect(page.get_by_role("button", name="Hide Cluster 1")).to_have_attribute(
        "aria-pressed", "true"
    )
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(app.study) - len(hidden))
    page.get_by_role("button", name="Show all", exact=True).click()
    driver.press_tool(page, "Invert")
    driver.wait_for_selection(page, len(hidden))

    page.get_by_role("button", name="Hide Cluster 2", exact=True).dblclick()
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(members))
    page.get_by_role("button", name="Hide Cluster 2", exact=True).dblclick()
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(app.study))
    driver.expect_no_traceback(page)


def test_a_range_of_a_scale_fades_what_is_outside(page: Page, app: App) -> None:
    driver.open_app(page, app.link(colour="ink"))
    ink = app.study.samples["ink"].to_numpy(dtype=np.float32)
    least = page.get_by_label("Least Ink in colour")
    least.focus()
    for _ in range(8):
        page.keyboard.press("PageUp")
    share = int(least.input_value()) / 256
    assert 0.3 < share < 1
    driver.wait_until_map_rests(page)
    driver.press_tool(page, "Select all")
    steps = np.clip((ink - ink.min()) / (ink.max() - ink.min()) * 256, 0, 255).astype(int)
    expected = np.flatnonzero(steps >= round(share * 256))
    assert 0 < len(expected) < len(ink)
    driver.wait_for_selection(page, len(expected))
    page.get_by_role("button", name="Show all", exact=True).click()
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(ink))


def test_lines_of_equal_density_are_shown_and_hidden(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    lines = page.locator(".cae-map-contours path")
    expect(lines.first).to_be_hidden()
    driver.press_tool(page, "Lines of equal density")
    expect(lines.first).to_be_visible()
    frame, first = page.locator(driver.STAGE).bounding_box(), lines.first.bounding_box()
    assert first["x"] >= frame["x"] - 40
    assert first["x"] + first["width"] <= frame["x"] + frame["width"] + 40
    driver.press_tool(page, "Lines of equal density")
    expect(lines.first).to_be_hidden()


def test_a_cluster_is_renamed_everywhere(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    page.get_by_role("button", name="Zoom in", exact=True).click()
    driver.wait_until_map_rests(page)
    zoomed = driver.map_view(page)
    page.get_by_role("button", name="Rename Cluster 1", exact=True).click()
    page.get_by_label("New name of Cluster 1").fill("Loops")
    page.keyboard.press("Enter")
    expect(entry(page, "Loops")).to_be_visible(timeout=driver.PATIENCE)
    assert cluster_names(app.study) == {1: "Loops"}
    expect(page.locator(".cae-map-name").filter(has_text="Loops")).to_have_count(1)
    for value in ("x", "y", "scale"):
        assert driver.map_view(page)[value] == zoomed[value]
    hover(page, app, row_in_view(page, app, 1))
    expect(page.locator(CARD)).to_contain_text("Cluster: Loops")
    page.get_by_text("The map as a table").click()
    expect(page.locator(".cae-facts").get_by_text("Loops")).to_be_visible()

    entry(page, "Loops").locator(".cae-map-category").click()
    driver.wait_for_selection(page, len(rows_of_cluster(app, 1)))
    page.reload()
    driver.wait_for_map(page)
    expect(entry(page, "Loops")).to_be_visible()
    entry(page, "Loops").locator(".cae-map-category").focus()
    page.keyboard.press("F2")
    page.get_by_label("New name of Loops").fill("Cluster 2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Another cluster is called 'Cluster 2' already")).to_be_visible(
        timeout=driver.PATIENCE
    )
    driver.expect_no_traceback(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bar_fits_a_narrow_window(page: Page, app: App, scheme: str) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.emulate_media(color_scheme=scheme)
    driver.open_app(page, app.address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for name in ("Intersect", "Redo", "Shortcuts"):
        button = page.locator(driver.MAP).get_by_role("button", name=name, exact=True)
        frame = button.bounding_box()
        assert frame["x"] >= 0
        assert frame["x"] + frame["width"] <= 420


def wait_for_places(page: Page, before: str | None, key: str = "map") -> str:
    """Wait until a map has come to rest on other places than `before`; return which."""
    page.wait_for_function(
        """([key, before]) => {
          const found = document.querySelector(`.st-key-${key} .cae-map`);
          return found?.dataset.places && found.dataset.places !== before
            && found.dataset.moving === 'false';
        }""",
        arg=[key, before],
        timeout=driver.PATIENCE,
    )
    return page.locator(f".st-key-{key} .cae-map").get_attribute("data-places")


def choose_map(page: Page, label: str, title: str) -> None:
    control = page.get_by_role("combobox", name=label)
    if not control.is_visible():
        page.get_by_role("button", name="Maps").click()
    driver.choose(page, label, title)
    page.keyboard.press("Escape")


def test_points_travel_to_another_projection_and_back(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(app.study))
    umap = wait_for_places(page, None)
    # The way takes less than a second, so it is watched rather than looked for afterwards.
    page.evaluate(
        """() => {
          const map = document.querySelector('.cae-map');
          const look = () => (window.hasTravelled ||= map.dataset.moving === 'true');
          new MutationObserver(look).observe(map, { attributes: true });
        }"""
    )
    choose_map(page, "Map", "Principal components")
    page.wait_for_function("window.hasTravelled", timeout=driver.PATIENCE)
    pca = wait_for_places(page, umap)
    driver.wait_for_selection(page, len(app.study))
    xy = positions(app.study, Projection(2))
    row = int(np.argmax(np.linalg.norm(xy - xy.mean(axis=0), axis=1)))
    page.mouse.move(*driver.to_screen(page, xy[row]))
    expect(page.locator(f"{CARD} strong")).to_have_text(app.study.samples["id"].iloc[row])
    assert "map=pca" in page.url
    choose_map(page, "Map", "The study's map (UMAP)")
    assert wait_for_places(page, pca) == umap


def test_a_map_in_space_is_turned_and_drawn_around(page: Page, app: App) -> None:
    driver.open_app(page, app.link(map="pca-3d"))
    xyz = positions(app.study, Projection(3))
    page.get_by_role("button", name="Turn", exact=True).click()
    frame = page.locator(driver.STAGE).bounding_box()
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    driver.draw(page, [middle, (middle[0] + 80, middle[1] + 10), (middle[0] + 120, middle[1] + 40)])
    driver.press_tool(page, "Box")
    corners = box(page, 0.1, 0.1, 0.5, 0.6)
    expect(page.locator(driver.MAP)).not_to_have_attribute(
        "data-selected", "0", timeout=driver.PATIENCE
    )
    driver.wait_until_idle(page)
    token = dict(part.split("=") for part in page.url.split("?")[1].split("&"))["selection"]
    kept = app.study.cohorts.recall(token)
    plane = np.array(kept.history[-1]["plane"]).reshape(2, 3)
    np.testing.assert_allclose(plane @ plane.T, np.eye(2), atol=1e-6)
    flat = xyz @ plane.T
    expected = np.flatnonzero(((flat >= corners[0]) & (flat <= corners[1])).all(axis=1))
    assert 0 < len(expected) < len(xyz)
    assert kept.rows.tolist() == expected.tolist()
    driver.wait_for_selection(page, len(expected))


def test_two_maps_share_selection_hover_and_what_is_hidden(page: Page, app: App) -> None:
    page.goto(app.link(beside="pca"))
    first, second = (page.locator(f".st-key-{key} .cae-map") for key in ("map", "second-map"))
    wait_for_places(page, None)
    wait_for_places(page, None, "second-map")
    driver.wait_until_idle(page)
    expect(first).to_have_attribute("aria-label", "The first of two maps: The study's map (UMAP)")
    expect(second).to_have_attribute("aria-label", "The second of two maps: Principal components")
    members = rows_of_cluster(app, 0)
    first.locator(".cae-map-category").first.click()
    for one in (first, second):
        expect(one).to_have_attribute("data-selected", str(len(members)), timeout=driver.PATIENCE)
    driver.wait_until_idle(page)

    frame = second.locator(driver.STAGE).bounding_box()
    first.get_by_role("button", name="Box", exact=True).click()
    expect(second.locator(driver.STAGE)).to_have_attribute("data-tool", "box")
    corner = (frame["x"] + 2, frame["y"] + 2)
    opposite = (frame["x"] + frame["width"] - 4, frame["y"] + frame["height"] - 4)
    driver.draw(page, [corner, (corner[0] + 20, corner[1] + 20), opposite])
    for one in (first, second):
        expect(one).to_have_attribute("data-selected", str(len(app.study)), timeout=driver.PATIENCE)
    driver.wait_until_idle(page)

    view = json.loads(first.locator(driver.STAGE).get_attribute("data-view"))
    place = np.asarray(app.study.projection)[lonely_row(app)]
    canvas = first.locator(".cae-map-canvas").bounding_box()
    x = canvas["x"] + view["width"] / 2 + (place[0] - view["x"]) * view["scale"]
    y = canvas["y"] + view["height"] / 2 - (place[1] - view["y"]) * view["scale"]
    page.mouse.move(float(x), float(y))
    expect(second.locator(".cae-map-linked")).to_have_count(1)
    second.locator(".cae-map-legend").wait_for(state="hidden")
    first.get_by_role("button", name="Hide Cluster 0", exact=True).click()
    expect(second.locator(".cae-map-name").filter(has_text="Cluster 0")).to_have_count(0)
    expect(second.locator(".cae-map-linked")).to_have_count(0)
    page.set_viewport_size({"width": 420, "height": 900})
    driver.wait_for(page, lambda: page.evaluate("document.documentElement.scrollWidth") <= 420)


# Of the first of two maps, what can be seen of a button is not always what can be pressed.
COVERED = """() => [...document.querySelectorAll(".st-key-map .cae-map button")]
  .filter((button) => button.offsetParent && getComputedStyle(button).visibility === "visible")
  .filter((button) => {
    const { left, top, width, height } = button.getBoundingClientRect();
    return !button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  })
  .map((button) => button.getAttribute("aria-label") ?? button.textContent)"""


def test_all_of_bar_and_legend_can_be_pressed_beside_another_map(page: Page, app: App) -> None:
    page.goto(app.link(beside="pca", colour="label"))
    wait_for_places(page, None)
    wait_for_places(page, None, "second-map")
    driver.wait_until_idle(page)
    first, second = (page.locator(f".st-key-{key} .cae-map") for key in ("map", "second-map"))
    edge = second.bounding_box()["x"]
    for part in (".cae-map-bar", ".cae-map-legend"):
        ends = [place.bounding_box() for place in first.locator(f"{part} button").all()]
        assert max(box["x"] + box["width"] for box in ends if box) > edge, part
    assert page.evaluate(COVERED) == []
    first.get_by_role("button", name="Select all", exact=True).click()
    for one in (first, second):
        expect(one).to_have_attribute("data-selected", str(len(app.study)))
    driver.wait_until_idle(page)


def test_the_map_of_another_model_is_shown_beside(page: Page, app: App) -> None:
    other = Study.open(shutil.copytree(app.study.path, f"{app.study.path}-other"))
    turned = np.ascontiguousarray(np.asarray(other.projection)[:, ::-1])
    with other.step("project", {}) as files:
        write_array(files.add("projection.npy"), turned)
    driver.open_app(page, app.address)
    page.get_by_role("button", name="Maps").click()
    driver.choose(page, "Beside it", f"The map of {other.path.name} (contrastive)")
    page.wait_for_selector(".st-key-second-map .cae-map[data-drawn]", timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    page.keyboard.press("Escape")
    members = rows_of_cluster(app, 0)
    page.locator(".st-key-map .cae-map-category").first.click()
    for key in ("map", "second-map"):
        expect(page.locator(f".st-key-{key} .cae-map")).to_have_attribute(
            "data-selected", str(len(members)), timeout=driver.PATIENCE
        )
    places = [
        page.locator(f".st-key-{key} .cae-map").get_attribute("data-places")
        for key in ("map", "second-map")
    ]
    assert places[0] != places[1]
    driver.expect_no_traceback(page)


def test_columns_chosen_for_the_card_are_told(page: Page, app: App) -> None:
    driver.open_app(page, app.link(card='["site","nosuchcolumn"]'))
    row = lonely_row(app)
    hover(page, app, row)
    site = app.study.samples["site"].iloc[row]
    expect(page.locator(CARD)).to_contain_text(
        f"Site: {'missing' if pd.isna(site) else site}", timeout=driver.PATIENCE
    )


def test_a_lasso_on_a_map_that_was_drawn_anew_is_refused(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.press_tool(page, "Box")
    turned = np.ascontiguousarray(-np.asarray(app.study.projection)[:, ::-1])
    with app.study.step("project", {}) as files:
        write_array(files.add("projection.npy"), turned)
    box(page, 0.01, 0.01, 0.5, 0.5)
    expect(page.get_by_text("The map was drawn anew since it was shown")).to_be_visible()
    driver.wait_for_selection(page, 0)
    expect(page.locator(".cae-map-sketch")).to_have_count(0)
    inside = rows_in_box(app, box(page, 0.01, 0.01, 0.5, 0.5))
    driver.wait_for_selection(page, len(inside))


def test_a_map_that_is_being_drawn_can_be_cancelled(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    page.get_by_role("button", name="Maps").click()
    try:
        page.get_by_role("button", name="Draw this map").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Draw this map")).to_be_enabled()
    finally:
        runs.cancel(app.study.path, patience=2.0)
    page.keyboard.press("Escape")
    page.locator(".cae-map-category").first.click()
    driver.wait_for_selection(page, len(rows_of_cluster(app, 0)))
    expect(page.locator(".st-key-second-map .cae-map")).to_have_count(0)
    assert umap_projection(15, 0.5) not in list_projections(app.study)
    driver.expect_no_traceback(page)


@pytest.mark.slow
def test_another_umap_is_drawn_in_the_background_and_kept(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    page.get_by_role("button", name="Maps").click()
    try:
        page.get_by_role("button", name="Draw this map").click()
        page.wait_for_selector(".st-key-second-map .cae-map[data-drawn]", timeout=240_000)
    finally:
        runs.cancel(app.study.path, patience=2.0)
    expect(page).to_have_url(re.compile("beside=umap-15-0.5"))
    driver.wait_until_idle(page)
    assert umap_projection(15, 0.5) in list_projections(app.study)
    page.keyboard.press("Escape")
    page.locator(".st-key-map .cae-map-category").first.click()
    members = str(len(rows_of_cluster(app, 0)))
    for key in ("map", "second-map"):
        shown = page.locator(f".st-key-{key} .cae-map")
        expect(shown).to_have_attribute("data-selected", members)
    driver.wait_until_idle(page)
    expect(page.locator(".st-key-second-map .cae-map")).to_be_visible()
    expect(page).to_have_url(re.compile("beside=umap-15-0.5"))
    driver.expect_no_traceback(page)
