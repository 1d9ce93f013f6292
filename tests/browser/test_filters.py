"""Filters on Explore, as a person uses them."""

import json
import urllib.parse

import numpy as np
from playwright.sync_api import Locator, Page, expect

from cae.columns.filters import apart, choice_of
from cae.study.cluster_names import name_cluster
from tests.browser import driver
from tests.browser.conftest import App


def facet(page: Page, title: str) -> Locator:
    return page.locator(".cae-facet").filter(has=page.get_by_text(title, exact=True))


def open_filters(page: Page) -> None:
    page.get_by_role("button", name="Filters", exact=True).click()
    expect(page.locator(".cae-facet").first).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)


def expect_in_scope(page: Page, count: int) -> None:
    expect(page.get_by_text(f"{count} of 360 in scope")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)


def filters_in_address(page: Page) -> str:
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(page.url).query))
    return query.get("filters", "")


def brush(page: Page, title: str, first: int, last: int) -> None:
    """Drag over the bars of a histogram from one to another, both included."""
    bars = facet(page, title).locator(".cae-facet-bar")
    bars.first.scroll_into_view_if_needed()
    boxes = [bars.nth(place).bounding_box() for place in (first, last)]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    driver.draw(page, [middles[0], (middles[1][0] - 1, middles[1][1]), middles[1]])


def test_bars_and_brushes_combine_and_survive_a_reload(page: Page, app: App) -> None:
    table = app.study.samples
    driver.open_app(page, app.address)
    open_filters(page)
    facet(page, "Label").get_by_role("button", name="Label 1:").click()
    expect_in_scope(page, int((table["label"] == "1").sum()))
    facet(page, "Label").get_by_role("button", name="Label 3:").focus()
    page.keyboard.press("Enter")
    kept = table["label"].isin(["1", "3"])
    expect_in_scope(page, int(kept.sum()))
    assert filters_in_address(page) == "label in (1, 3)"
    # What its own filter leaves out can still be seen in a column.
    left_out = facet(page, "Label").get_by_role("button", name="Label 2:")
    expect(left_out).to_contain_text(str((table["label"] == "2").sum()))

    brush(page, "Ink", 5, 14)
    expect(page.get_by_role("button", name="Ink: ")).to_be_visible(timeout=driver.PATIENCE)
    labels, ink = apart(filters_in_address(page))
    assert labels == "label in (1, 3)"
    chosen = choice_of(ink, table)
    inside = kept & table["ink"].between(chosen["low"], chosen["high"])
    assert 0 < inside.sum() < kept.sum()
    expect_in_scope(page, int(inside.sum()))

    page.reload()
    driver.wait_for_map(page)
    expect_in_scope(page, int(inside.sum()))
    expect(page.get_by_role("button", name="Clear all")).to_be_visible()
    page.get_by_role("button", name="Label: 1, 3").click()
    expect_in_scope(page, int(table["ink"].between(chosen["low"], chosen["high"]).sum()))
    page.get_by_role("button", name="Ink: ").click()
    expect(page.get_by_text("of 360 in scope")).to_be_hidden()
    assert filters_in_address(page) == ""
    driver.expect_no_traceback(page)


def test_ends_missing_values_and_text_by_keyboard(page: Page, app: App) -> None:
    table = app.study.samples
    driver.open_app(page, app.address)
    open_filters(page)
    page.get_by_label("Ink from", exact=True).fill("60.5")
    page.keyboard.press("Enter")
    expect_in_scope(page, int((table["ink"] >= 60.5).sum()))
    page.get_by_role("button", name="Clear the filter on Ink").press("Enter")
    expect(page.get_by_role("button", name="Ink: ")).to_be_hidden()

    facet(page, "Site").get_by_role("button", name="Site missing").press("Enter")
    expect_in_scope(page, int(table["site"].isna().sum()))
    page.get_by_label("Id contains").fill("01")
    page.keyboard.press("Enter")
    expected = table["site"].isna() & table["id"].str.contains("01")
    expect_in_scope(page, int(expected.sum()))
    page.get_by_role("button", name=f"Select all {expected.sum()} images in scope").click()
    driver.wait_for_selection(page, int(expected.sum()))
    page.keyboard.press("Escape")
    assert driver.all_gallery_rows(page) == np.flatnonzero(expected).tolist()


def test_histograms_show_the_selection_against_what_is_in_scope(page: Page, app: App) -> None:
    clusters = app.study.clusters["cluster"]
    driver.open_app(page, app.address)
    page.locator(".cae-map-category").filter(has_text="Cluster 1").click()
    driver.wait_for_selection(page, int((clusters == 1).sum()))
    open_filters(page)
    labels = app.study.samples["label"]
    for label in ("1", "8"):
        selected = int(((clusters == 1) & (labels == label)).sum())
        said = f"Label {label}: {(labels == label).sum()} in scope, {selected} selected"
        expect(page.get_by_label(said, exact=True)).to_be_visible()


def test_a_query_combines_with_filters_and_is_kept(page: Page, app: App) -> None:
    table = app.study.samples
    driver.open_app(page, app.link(filters=json.dumps({"label": {"values": ["1", "3", "8"]}})))
    open_filters(page)
    page.get_by_label("Query", exact=True).fill('ink > 60 and sit == "left"')
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no column 'sit'; did you mean site?")).to_be_visible(
        timeout=driver.PATIENCE
    )
    expression = 'ink > 60 and site == "left"'
    page.get_by_label("Query", exact=True).fill(expression)
    page.keyboard.press("Enter")
    labelled = table["label"].isin(["1", "3", "8"])
    expected = labelled & (table["ink"] > 60) & (table["site"] == "left")
    assert expected.any()
    expect_in_scope(page, int(expected.sum()))
    expect(page.get_by_text("There is no column")).to_be_hidden()

    page.reload()
    driver.wait_for_map(page)
    open_filters(page)
    expect(page.get_by_label("Query", exact=True)).to_have_value(expression)
    page.get_by_role("button", name=f"Select all {expected.sum()} images in scope").click()
    driver.wait_for_selection(page, int(expected.sum()))
    page.keyboard.press("Escape")
    driver.save_cohort(page, "Asked for", meant="The whole selection")
    provenance = app.study.cohorts.get_by_name("Asked for").provenance
    assert provenance["filters"] == ["label in (1, 3, 8)", expression]

    page.get_by_role("button", name=expression).click()
    expect_in_scope(page, int(labelled.sum()))
    open_filters(page)
    expect(page.get_by_label("Query", exact=True)).to_have_value("")
    driver.expect_no_traceback(page)


def test_a_query_calls_clusters_as_the_legend_does(page: Page, app: App) -> None:
    name_cluster(app.study, 1, "Loops")
    number = app.study.clusters["cluster"]
    driver.open_app(page, app.address)
    open_filters(page)
    field = page.get_by_label("Query", exact=True)
    for query, kept in {
        'cluster == "Lops"': None,
        'cluster == "Loops"': number == 1,
        'cluster in ("Loops", "Cluster 2")': number.isin([1, 2]),
        'cluster contains "loop"': number == 1,
        'cluster != "Loops" and ink > 0': number != 1,
    }.items():
        field.fill(query)
        page.keyboard.press("Enter")
        wrong = page.get_by_text("There is no cluster called “Lops”")
        if kept is None:
            expect(wrong).to_be_visible()
        else:
            expect_in_scope(page, int(kept.sum()))
            expect(wrong).to_be_hidden()
    chip = page.locator(".st-key-filter-chips").get_by_role("button", name='cluster != "Loops" and')
    expect(chip).to_be_visible()
    page.reload()
    driver.wait_for_map(page)
    expect_in_scope(page, int((number != 1).sum()))
    open_filters(page)
    expect(field).to_have_value('cluster != "Loops" and ink > 0')
    assert "cluster+%21%3D+1+and+ink+%3E+0" in page.url
    driver.expect_no_traceback(page)


def test_what_cannot_be_used_of_a_link_is_said_once(page: Page, app: App) -> None:
    filters = json.dumps({"ink": {"low": 0, "high": 300}, "weather": {"values": ["sunny"]}})
    driver.open_app(page, app.link(selection="0123456789abcdef", colour="mood", filters=filters))
    notice = page.get_by_test_id("stToast")
    expect(notice).to_contain_text("Not all of this link could be used", timeout=driver.PATIENCE)
    for lost in ("selection", "Weather", "Mood"):
        expect(notice).to_contain_text(lost)
    driver.wait_until_idle(page)
    assert filters_in_address(page) == "ink between 0 and 300"
    assert "colour=" not in page.url
    assert "selection=" not in page.url


def test_filters_that_leave_nothing_say_so(page: Page, app: App) -> None:
    filters = json.dumps({"(query)": {"expression": "ink > 2 and ink < 1"}})
    driver.open_app(page, app.link(filters=filters))
    expect(page.get_by_text("No image passes these filters together")).to_be_visible(
        timeout=driver.PATIENCE
    )
    page.get_by_role("button", name="ink > 2 and ink < 1").click()
    expect(page.get_by_text("No image passes these filters together")).to_be_hidden(
        timeout=driver.PATIENCE
    )
