"""Explore, as a person uses it."""

import io
import json
import re
import shutil
import urllib.parse
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image
from playwright.sync_api import Page, expect

from cae.decoding.replay import replay_on
from cae.storage import write_array, write_table
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.conftest import digits_imageset


def rows_inside(xy: np.ndarray, polygon: list) -> list[int]:
    """The rows of the points inside a polygon, by shapely."""
    shape = shapely.Polygon(polygon)
    return np.flatnonzero(shapely.contains_xy(shape, xy[:, 0], xy[:, 1])).tolist()


def dense_spot(app: App) -> tuple[np.ndarray, float]:
    """A place with many points around it, and a radius that leaves most points outside."""
    xy = np.asarray(app.study.projection)
    biggest = app.study.clusters.query("cluster >= 0")["cluster"].value_counts().index[0]
    centre = np.median(xy[app.study.clusters["cluster"] == biggest], axis=0)
    return centre, 0.12 * float(np.ptp(xy, axis=0).max())


def lasso(page: Page, app: App) -> list[list[float]]:
    """Draw around the dense spot and return the drawn places in the map's coordinates."""
    places = driver.circle_around(page, *dense_spot(app))
    in_data = [driver.to_data(page, place) for place in places]
    driver.draw(page, places)
    return in_data


def address_value(page: Page, name: str) -> str | None:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlparse(page.url).query)).get(name)


def last_event(page: Page, app: App) -> dict:
    """The newest event in the history of the selection that the address names."""
    return app.study.cohorts.recall(address_value(page, "selection")).history[-1]


def test_a_lasso_selects_exactly_the_points_inside_it(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    xy = np.asarray(app.study.projection, dtype=float)

    drawn = lasso(page, app)
    expected = rows_inside(xy, drawn)
    assert 5 < len(expected) < len(xy) / 2
    driver.wait_for_selection(page, len(expected))

    event = last_event(page, app)
    assert event["kind"] == "lasso"
    assert rows_inside(xy, event["polygon"]) == expected
    assert driver.all_gallery_rows(page) == expected
    ids = page.locator(".cae-gallery strong").all_inner_texts()
    shown = driver.gallery_rows(page)
    assert ids == app.study.samples["id"].iloc[shown].tolist()
    driver.expect_no_traceback(page)


def test_the_selection_survives_recolouring_paging_and_reload(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    before = driver.map_view(page)

    driver.colour_by(page, "Label")
    driver.wait_for_selection(page, len(expected))
    driver.colour_by(page, "Ink")
    driver.wait_for_selection(page, len(expected))
    assert driver.map_view(page) == before

    first = driver.gallery_rows(page)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Page 2 of")).to_be_visible()
    driver.wait_for_selection(page, len(expected))
    assert driver.gallery_rows(page) != first

    page.reload()
    driver.wait_for_map(page)
    driver.wait_for_selection(page, len(expected))
    expect(page.locator(".cae-map-legend-title")).to_have_text("Ink")
    expect(page.get_by_text("Page 2 of")).to_be_visible()
    with driver.run_of(page):
        page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.get_by_text("Page 1 of")).to_be_visible()
    assert driver.all_gallery_rows(page) == expected


def test_the_selection_and_zoom_survive_another_page(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    driver.colour_by(page, "Label")
    page.mouse.move(*driver.to_screen(page, dense_spot(app)[0]))
    page.mouse.wheel(0, -400)
    driver.wait_until_map_rests(page)
    zoomed = driver.map_view(page)

    driver.go_to_page(page, "Data & training")
    expect(page.locator(driver.MAP)).to_have_count(0)
    driver.go_to_page(page, "Explore")
    driver.wait_for_map(page)
    driver.wait_for_selection(page, len(expected))
    assert driver.map_view(page) == pytest.approx(zoomed)
    expect(page.locator(".cae-map-legend-title")).to_have_text("Label")


def test_box_add_remove_undo_and_clear(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    xy = np.asarray(app.study.projection, dtype=float)
    (x, y), radius = dense_spot(app)

    def box(left: float, right: float, bottom: float, top: float) -> list[int]:
        corners = [driver.to_screen(page, place) for place in ((left, bottom), (right, top))]
        corners = [(round(cx), round(cy)) for cx, cy in corners]
        (left, bottom), (right, top) = (driver.to_data(page, corner) for corner in corners)
        driver.draw(page, [corners[0], (corners[0][0] + 9, corners[0][1] - 9), corners[1]])
        return rows_inside(xy, [(left, bottom), (right, bottom), (right, top), (left, top)])

    driver.press_tool(page, "Box")
    first = set(box(x - radius, x, y - radius, y + radius))
    driver.wait_for_selection(page, len(first))

    driver.press_tool(page, "Add")
    second = set(box(x, x + radius, y - radius, y + radius))
    assert second - first
    driver.wait_for_selection(page, len(first | second))

    page.keyboard.down("Alt")  # takes away although the button says Add
    third = set(box(x - radius / 2, x + radius / 2, y - radius, y + radius))
    page.keyboard.up("Alt")
    assert third & (first | second)
    driver.wait_for_selection(page, len((first | second) - third))
    expect(page.get_by_text("Box, plus box, without box")).to_be_visible()

    driver.press_tool(page, "Undo")
    driver.wait_for_selection(page, len(first | second))
    driver.press_tool(page, "Redo")
    driver.wait_for_selection(page, len((first | second) - third))
    driver.press_tool(page, "Clear")
    driver.wait_for_selection(page, 0)
    assert address_value(page, "selection") is None


def test_a_click_selects_one_image_and_shows_it(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    xy = np.asarray(app.study.projection, dtype=float)
    alone = np.argmax(np.sort(np.linalg.norm(xy[:, None] - xy[None], axis=-1), axis=1)[:, 1])
    page.mouse.move(*driver.to_screen(page, xy[alone]))
    expect(page.locator(".cae-map-card strong")).to_have_text(app.study.samples["id"].iloc[alone])
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(driver.MAP)).to_have_attribute("data-selected", "1")
    name = app.study.samples["id"].iloc[alone]
    expect(page.locator(".cae-count")).to_have_text(name)
    expect(page.get_by_alt_text("Synthetic image: reconstruction")).to_be_visible(
        timeout=driver.PATIENCE
    )
    driver.wait_until_idle(page)

    page.get_by_role("button", name="Use as anchor A").click()
    expect(page.get_by_role("button", name="Is anchor A")).to_be_disabled()
    assert address_value(page, "a") == str(alone)
    page.get_by_role("button", name="Back", exact=True).click()
    driver.wait_for_selection(page, 1)
    driver.expect_no_traceback(page)


def test_neighbours_are_those_of_the_latents(page: Page, app: App) -> None:
    driver.open_app(page, app.link(image="7"))
    unit = app.study.latents / np.linalg.norm(app.study.latents, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[7]), kind="stable")
    expected = [int(row) for row in order if row != 7][:12]
    expect(page.locator(".cae-gallery button[data-row]")).to_have_count(12)
    assert driver.gallery_rows(page) == expected


def test_the_legend_and_the_table_select_without_drawing(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    clusters = app.study.clusters["cluster"].to_numpy()
    button = page.locator(".cae-map-category").filter(has_text="Cluster 1")
    expect(button).to_contain_text(str((clusters == 1).sum()))
    button.focus()
    page.keyboard.press("Enter")
    driver.wait_for_selection(page, int((clusters == 1).sum()))
    assert driver.all_gallery_rows(page) == np.flatnonzero(clusters == 1).tolist()

    page.get_by_text("The map as a table").click()
    # At once: what was set just before counts, though no run has seen it yet.
    page.get_by_test_id("stExpander").get_by_role("radio", name="Add").click()
    driver.wait_until_idle(page)
    page.get_by_role("button", name="Select", exact=True).click()
    driver.wait_for_selection(page, int(np.isin(clusters, [0, 1]).sum()))


def test_filters_restrict_what_can_be_selected(page: Page, app: App) -> None:
    wanted = {"label": {"values": ["1", "2"]}}
    driver.open_app(page, app.link(filters=json.dumps(wanted)))
    in_scope = app.study.samples["label"].isin(["1", "2"]).to_numpy()
    expect(page.get_by_text(f"{in_scope.sum()} of 360 in scope")).to_be_visible()
    expect(page.get_by_role("button", name="Label: 1, 2")).to_be_visible()

    xy = np.asarray(app.study.projection)
    view = driver.map_view(page)
    corner = [driver.to_screen(page, (view["x"], view["y"]))]
    driver.press_tool(page, "Box")
    driver.draw(
        page,
        [
            (corner[0][0] - view["width"] / 2 + 5, corner[0][1] - view["height"] / 2 + 5),
            (corner[0][0], corner[0][1]),
            (corner[0][0] + view["width"] / 2 - 5, corner[0][1] + view["height"] / 2 - 5),
        ],
    )
    driver.wait_for_selection(page, int(in_scope.sum()))
    assert len(xy) == 360
    assert last_event(page, app)["filters"] == ["label in (1, 2)"]
    assert driver.all_gallery_rows(page) == np.flatnonzero(in_scope).tolist()


def test_a_selection_is_saved_as_a_cohort(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    driver.save_cohort(page, "Round ones", "closed loops")
    cohort = app.study.cohorts.get_by_name("Round ones")
    assert cohort.rows.tolist() == expected
    assert cohort.note == "closed loops"
    assert cohort.import_digest == app.study.digest("import")

    page.get_by_role("button", name="Save as cohort").click()
    page.get_by_label("Name", exact=True).fill("Round ones")
    page.get_by_role("button", name=re.compile("^Save [0-9,]+ images$")).click()
    expect(page.get_by_text("A cohort named 'Round ones' exists already")).to_be_visible()
    driver.expect_no_traceback(page)


def test_a_damaged_study_is_told_in_a_sentence(page: Page, app: App) -> None:
    app.study.file("projection.npy").write_bytes(b"nothing of use")
    page.goto(app.address)
    expect(page.get_by_text("projection.npy is damaged")).to_be_visible(timeout=driver.PATIENCE)
    expect(page.get_by_label("Study")).to_be_visible()
    driver.expect_no_traceback(page)


def test_an_unknown_study_in_the_address_is_told_in_a_sentence(page: Page, app: App) -> None:
    page.goto(f"{app.server}/?study=../../etc&image=x&filters=%7B&selection=none")
    expect(page.get_by_text("There is no study named '../../etc'")).to_be_visible(
        timeout=driver.PATIENCE
    )
    driver.expect_no_traceback(page)


def test_a_lasso_around_nothing_leaves_no_outline(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    xy = np.asarray(app.study.projection, dtype=float)
    corner = xy.max(axis=0)
    reach = 0.01 * np.ptp(xy)
    driver.draw(page, driver.circle_around(page, corner, reach))
    expect(page.get_by_text("Lasso: no image there")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_for_selection(page, 0)
    expect(page.locator(".cae-map-sketch")).to_have_count(0)


def test_a_browser_that_lost_points_and_colours_asks_for_them(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.forget_map(page)
    driver.colour_by(page, "Label")
    driver.colour_by(page, "Cluster")
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))


def test_a_narrow_window_in_the_dark_works_too(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.emulate_media(color_scheme="dark")
    driver.open_app(page, app.address)
    expect(page.locator(driver.MAP)).to_have_attribute("data-theme", "dark")
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_another_study_is_shown_with_nothing_selected(
    page: Page, app: App, browser_study: Path
) -> None:
    other = app.study.path.with_name(app.study.path.name + "-other")
    shutil.copytree(browser_study, other)
    driver.open_app(page, app.address)
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    driver.wait_until_idle(page)
    driver.choose(page, "Study", other.name)
    driver.wait_for_selection(page, 0)
    assert address_value(page, "study") == other.name


def test_a_study_without_a_map_says_where_to_finish_it(page: Page, app: App) -> None:
    unfinished = app.study.path.with_name(app.study.path.name + "-unfinished")
    Study.create(unfinished, digits_imageset(24), source="digits")
    page.goto(f"{app.server}/?study={unfinished.name}")
    expect(page.get_by_text("has no map yet")).to_be_visible(timeout=driver.PATIENCE)
    page.get_by_role("link", name="Finish it on the page Data & training").click()
    expect(page.get_by_text("has no map yet")).to_have_count(0)
    driver.wait_until_idle(page)
    driver.expect_no_traceback(page)


def test_the_gallery_is_sorted_by_columns_scores_and_similarity(page: Page, app: App) -> None:
    rows = np.flatnonzero(app.study.clusters["cluster"] == 1)
    driver.open_app(page, app.address)
    page.locator(".cae-map-category").filter(has_text="Cluster 1").click()
    driver.wait_for_selection(page, len(rows))

    def expect_order(values: np.ndarray) -> None:
        expected = rows[np.argsort(values, kind="stable")].tolist()
        first = page.locator(".cae-gallery button[data-row]").first
        expect(first).to_have_attribute("data-row", str(expected[0]), timeout=driver.PATIENCE)
        driver.wait_until_idle(page)
        assert driver.gallery_rows(page) == expected[:12]

    ink = app.study.samples["ink"].to_numpy()[rows]
    driver.sort_by(page, "Ink")
    expect_order(ink)
    page.get_by_role("button", name="Smallest first").click()
    expect_order(-ink)
    page.reload()
    driver.wait_for_map(page)
    expect_order(-ink)

    driver.sort_by(page, "Reconstruction error")
    images = np.asarray(app.study.images[rows]).astype(float)
    decoded = app.study.model.decode(np.asarray(app.study.latents[rows])).astype(float)
    expect_order(-np.abs(images - decoded).mean(axis=(1, 2, 3)))

    unit = app.study.latents / np.linalg.norm(app.study.latents, axis=1, keepdims=True)
    driver.sort_by(page, "Distance to the selection's centre")
    expect_order(-(unit[rows] @ unit[rows].mean(axis=0)))
    last = driver.gallery_rows(page)[-1]
    page.locator(f".cae-gallery button[data-row='{last}']").click()
    page.get_by_role("button", name="Sort the selection by similarity").click()
    expect_order(-(unit[rows] @ unit[last]))
    driver.expect_no_traceback(page)


@pytest.mark.parametrize("column", ["label", "patient"])
def test_an_order_by_an_empty_column_is_given_up_and_said(
    page: Page, app: App, column: str
) -> None:
    nobody = pd.Series([None] * len(app.study), dtype="str")
    write_table(app.study.file("samples.parquet"), app.study.samples.assign(**{column: nobody}))
    driver.open_app(page, app.link(sort=f"-column:{column}"))
    title = column.capitalize()
    expect(page.get_by_text(f"could be used: the order by {title}.")).to_be_visible()
    page.locator(".cae-map-category").filter(has_text="Cluster 1").click()
    members = np.flatnonzero(app.study.clusters["cluster"] == 1)
    driver.wait_for_selection(page, len(members))
    assert driver.gallery_rows(page) == members[:12].tolist()
    page.get_by_role("combobox", name="Sort by").click()
    expect(page.get_by_role("option", name="Ink", exact=True)).to_be_visible()
    expect(page.get_by_role("option", name=title, exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    page.reload()
    driver.wait_for_map(page)
    expect(page.get_by_text("could be used")).to_have_count(0)
    assert driver.gallery_rows(page) == members[:12].tolist()
    driver.expect_no_traceback(page)


def test_a_link_never_shows_another_image_where_the_images_were_replaced(
    page: Page, app: App
) -> None:
    driver.open_app(page, app.address)
    page.locator(".cae-gallery button[data-row]").first.click()
    expect(page).to_have_url(re.compile(r"image=0&|image=0$"))
    link = page.url
    page.goto(link)
    driver.wait_for_map(page)
    expect(page.locator(".cae-count")).to_have_text(app.study.samples["id"].iloc[0])
    replaced = page.get_by_text("The images of this study have been replaced")
    expect(replaced).to_have_count(0)

    turned = np.ascontiguousarray(np.asarray(app.study.images)[::-1])
    with app.study.step("import", app.study.parameters("import")) as files:
        write_table(files.add("samples.parquet"), app.study.samples)
        write_array(files.add("images.npy"), turned)
    page.goto(link)
    expect(replaced).to_be_visible()
    driver.wait_until_idle(page)
    assert "image" not in dict(urllib.parse.parse_qsl(urllib.parse.urlparse(page.url).query))
    driver.expect_no_traceback(page)


def test_back_leads_to_the_page_before_and_not_through_settings(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    driver.colour_by(page, "Label")
    driver.go_to_page(page, "Cohorts")
    driver.go_to_page(page, "Explore")
    driver.wait_for_map(page)
    page.locator(".cae-map-category[aria-label^='3:']").click()
    members = np.flatnonzero(app.study.samples["label"] == "3")
    driver.wait_for_selection(page, len(members))
    driver.sort_by(page, "Ink")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page).to_have_url(re.compile("page=2"))
    driver.wait_until_idle(page)
    with driver.run_of(page):
        page.go_back()
    expect(page).to_have_url(re.compile("/cohorts"))
    with driver.run_of(page):
        page.go_back()
    driver.wait_for_map(page)
    expect(page).to_have_url(re.compile("colour=label"))
    driver.wait_for_selection(page, len(members))


def test_the_open_page_and_what_is_hidden_outlive_a_reload(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    page.locator(".cae-map-category").filter(has_text="Cluster 1").click()
    members = np.flatnonzero(app.study.clusters["cluster"] == 1)
    driver.wait_for_selection(page, len(members))
    page.get_by_role("button", name="Next", exact=True).click()
    first = page.locator(".cae-gallery button[data-row]").first
    expect(first).to_have_attribute("data-row", str(members[12]))
    page.get_by_role("button", name="Hide Cluster 3", exact=True).click()
    hidden = page.locator(".cae-map-entry[data-hidden=true]")
    expect(hidden).to_have_count(1)
    page.reload()
    driver.wait_for_map(page)
    expect(first).to_have_attribute("data-row", str(members[12]))
    expect(hidden).to_have_count(1)
    expect(hidden).to_contain_text("Cluster 3")


def test_the_open_page_of_what_is_found_outlives_a_reload(page: Page, app: App) -> None:
    driver.open_app(page, app.link(find="outliers"))
    first = driver.gallery_rows(page)
    with driver.run_of(page):
        page.get_by_role("button", name="Next", exact=True).click()
    second = driver.gallery_rows(page)
    assert set(first).isdisjoint(second)
    page.reload()
    driver.wait_for_map(page)
    assert driver.gallery_rows(page) == second
    driver.choose(page, "Ranked by", "Reconstruction error")
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()


def test_neither_almost_all_nor_almost_none_reads_as_all_or_none(page: Page, app: App) -> None:
    label = np.where(np.arange(len(app.study)) == 5, "rare", "usual")
    write_table(
        app.study.file("samples.parquet"),
        app.study.samples.assign(label=label, patient=app.study.samples["id"]),
    )
    driver.open_app(page, app.address)
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, len(app.study))
    lines = page.locator(".cae-bars tr")
    expect(lines.filter(has_text="usual").first).to_contain_text("359 · >99 %")
    expect(lines.filter(has_text="rare").first).to_contain_text("1 · <1 %")

    page.goto(app.link(group="cluster:0").replace("/?", "/compare?"))
    table = page.get_by_role("region", name="Table 1")
    expect(table).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)
    cells = [
        found
        for cell in table.get_by_role("cell").all_inner_texts()
        if (found := re.search(r"^(\d+) \((.*) %\)$", cell))
    ]
    assert {"0", "1"} <= {found[1] for found in cells}
    for found in cells:
        assert (found[1] == "0") == (found[2] == "0.0"), found[0]
    driver.expect_no_traceback(page)


def test_numbers_below_nothing_have_minus_signs(page: Page, app: App) -> None:
    count = len(app.study)
    below = np.random.default_rng(0).normal(-22.71, 5, count)
    write_table(
        app.study.file("samples.parquet"),
        app.study.samples.assign(
            below=below, step=np.arange(count) % 5 - 2, patient=app.study.samples["id"]
        ),
    )
    driver.open_app(page, app.link(colour="below", sort="column:below"))
    assert driver.hyphens_for_minus(page) == []
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, count)
    lowest = int(below.argmin())
    tile = page.locator(f".cae-gallery button[data-row='{lowest}']")
    expect(tile).to_contain_text(f"−{-below[lowest]:.4g}")
    page.get_by_role("button", name="Filters").click()
    step = page.get_by_role("button", name=re.compile("^Step −2: "))
    step.scroll_into_view_if_needed()
    step.click()
    expect(page.locator(".st-key-filter-chips")).to_contain_text("Step: −2")
    page.keyboard.press("Escape")
    driver.wait_until_idle(page)
    driver.colour_by(page, "Step")
    expect(page.get_by_role("button", name=re.compile("^−2: "))).to_be_visible()
    assert driver.hyphens_for_minus(page) == []
    driver.open_app(page, app.link(image=str(lowest)))
    page.get_by_text("Columns", exact=True).click()
    expect(page.get_by_role("cell", name=f"−{-below[lowest]:.4g}")).to_be_visible()
    assert driver.hyphens_for_minus(page) == []
    page.goto(app.link(group="cluster:0").replace("/?", "/compare?"))
    expect(page.get_by_role("region", name="Table 1")).to_contain_text("−2", timeout=60_000)
    driver.wait_until_idle(page)
    assert driver.hyphens_for_minus(page) == []


@pytest.mark.parametrize("width", [1440, 420])
def test_popovers_open_where_they_stay(page: Page, app: App, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    driver.open_app(page, app.address)
    page.locator(".cae-map-category").first.click()
    expect(page.locator(driver.MAP)).not_to_have_attribute("data-selected", "0")
    driver.wait_until_idle(page)
    page.evaluate(driver.WATCH_POPOVERS)
    for name, there in (
        ("Maps", page.get_by_role("button", name="Draw this map")),
        ("Filters", page.locator(".cae-facet-name").first),
        ("Save as cohort", page.get_by_label("Note", exact=True)),
    ):
        page.evaluate("window.popoverPlaces = []")
        page.get_by_role("button", name=name).click()
        expect(there).to_be_visible()
        driver.wait_until_idle(page)
        assert len(page.evaluate("window.popoverPlaces")) == 1, name
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def test_keys_move_between_tiles_and_their_size_can_be_set(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    tiles = page.locator(".cae-gallery button[data-row]")
    tops = [tile.bounding_box()["y"] for tile in tiles.all()]
    columns = tops.count(tops[0])
    assert 1 < columns < 6
    tiles.first.focus()
    for key, place in (
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", 11),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        expect(tiles.nth(place)).to_be_focused()

    narrow = tiles.first.bounding_box()["width"]
    page.get_by_role("slider", name="Size of images").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    driver.wait_until_idle(page)
    expect(page.locator(".cae-gallery")).to_have_attribute("style", re.compile("152px"))
    assert tiles.first.bounding_box()["width"] > narrow
    assert address_value(page, "tile") == "152"
    tiles.first.focus()
    page.keyboard.press("Enter")
    name = app.study.samples["id"].iloc[expected[0]]
    expect(page.locator(".cae-count")).to_have_text(name, timeout=driver.PATIENCE)


def test_the_viewer_zooms_windows_and_steps_through_the_selection(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    expected = rows_inside(np.asarray(app.study.projection), lasso(page, app))
    driver.wait_for_selection(page, len(expected))
    page.locator(".cae-gallery button[data-row]").first.click()
    viewer = page.locator(".cae-image-viewer")
    expect(page.get_by_alt_text("Synthetic image: reconstruction")).to_be_visible(
        timeout=driver.PATIENCE
    )
    expect(page.get_by_alt_text("Difference of image and reconstruction")).to_be_visible()
    expect(page.get_by_text(f"1 of {len(expected)}", exact=True)).to_be_visible()
    driver.wait_until_idle(page)

    viewer.focus()
    for row in (expected[1], expected[2], expected[1]):
        page.keyboard.press(
            "ArrowLeft" if address_value(page, "image") == str(expected[2]) else "ArrowRight"
        )
        name = app.study.samples["id"].iloc[row]
        expect(page.locator(".cae-count")).to_have_text(name, timeout=driver.PATIENCE)
        driver.wait_until_idle(page)
    expect(viewer).to_be_focused()

    frame = page.locator(".cae-image-viewer-frame").first
    picture = frame.locator("img")
    box = frame.bounding_box()
    corner = (box["x"] + 5, box["y"] + 5)
    page.mouse.move(*corner)
    page.mouse.wheel(0, -300)
    page.mouse.wheel(0, -300)
    expect(viewer).to_have_attribute("data-zoom", "1.44")
    before = picture.bounding_box()
    assert before["width"] == pytest.approx(1.44 * box["width"], rel=0.01)
    page.mouse.down()
    page.mouse.move(corner[0] - 20, corner[1] - 10)
    page.mouse.up()
    after = picture.bounding_box()
    moved = (after["x"] - before["x"], after["y"] - before["y"])
    assert moved == pytest.approx((-20, -10), abs=0.5)
    page.keyboard.press("0")
    expect(viewer).to_have_attribute("data-zoom", "1")

    def brightness() -> float:
        shot = Image.open(io.BytesIO(frame.screenshot())).convert("L")
        return float(np.asarray(shot).mean())

    normal = brightness()
    page.get_by_role("slider", name="Level").fill("30")
    assert brightness() > normal + 5
    viewer.get_by_role("button", name="Invert", exact=True).click()
    assert brightness() < 255 - normal
    page.get_by_role("button", name="Drag", exact=True).click()
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(corner[0] - 40, corner[1])
    page.mouse.up()
    expect(viewer).to_have_attribute("data-window", "215")
    page.get_by_role("button", name="Reset", exact=True).click()
    assert brightness() == pytest.approx(normal, abs=1)
    driver.expect_no_traceback(page)


def test_the_focus_goes_to_an_opened_image_and_back_to_its_tile(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    tile = page.locator(".cae-gallery button[data-row]").nth(4)
    row = tile.get_attribute("data-row")
    tile.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cae-image-viewer")).to_be_focused(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    page.get_by_role("button", name="Back", exact=True).press("Enter")
    expect(page.locator(f".cae-gallery button[data-row='{row}']")).to_be_focused(
        timeout=driver.PATIENCE
    )


def test_what_was_selected_step_by_step_is_replayed_from_a_cohort(page: Page, app: App) -> None:
    labels = app.study.samples["label"].to_numpy()
    places = np.asarray(app.study.projection, dtype=float)
    centre, radius = dense_spot(app)
    is_near = np.linalg.norm(places - centre, axis=1) < radius
    inside_of = {label: int((is_near & (labels == label)).sum()) for label in np.unique(labels)}
    fewest, *_, most = sorted(inside_of, key=lambda label: inside_of[label])
    scope = np.isin(labels, [fewest, most])
    driver.open_app(page, app.link(filters=f"label in ({fewest}, {most})", colour="label"))
    inside = np.zeros(360, dtype=bool)
    inside[rows_inside(places, lasso(page, app))] = True
    expected = inside & scope
    assert expected.any()
    driver.wait_for_selection(page, int(expected.sum()))

    page.get_by_text("The map as a table").click()
    table = page.get_by_test_id("stExpander").filter(has_text="The map as a table")
    driver.choose(page, "Label", fewest)
    for effect, combined in (("Add", np.logical_or), ("Intersect", np.logical_and)):
        table.get_by_role("radio", name=effect).click()
        driver.wait_until_idle(page)
        with driver.run_of(page):
            table.get_by_role("button", name="Select", exact=True).click()
        assert (combined(expected, labels == fewest) != expected).any()
        expected = combined(expected, labels == fewest)
        driver.wait_for_selection(page, int(expected.sum()))

    driver.save_cohort(page, "Step by step", meant="The whole selection")
    cohort = app.study.cohorts.get_by_name("Step by step")
    assert cohort.rows.tolist() == np.flatnonzero(expected).tolist() != []
    assert [event["kind"] for event in cohort.history] == ["lasso", "category", "category"]
    assert [event["combine"] for event in cohort.history] == ["replace", "add", "intersect"]
    assert replay_on(app.study, cohort.history) == cohort.selection
