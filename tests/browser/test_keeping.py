"""Cohorts combined, imported, live and frozen, as a person does it."""

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from cae.cohorts.selection import Selection
from cae.export.provenance import study_digests
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.test_cohorts import card, open_cohorts, save


def test_cohorts_are_combined_imported_and_frozen(page: Page, app: App, tmp_path: Path) -> None:
    store = app.study.cohorts
    save(app.study, "first", rows=(1, 2, 3, 4))
    save(app.study, "second", rows=(3, 4, 5))
    open_cohorts(page, app)
    page.get_by_text("Combine cohorts").click()
    page.get_by_role("radio", name=re.compile("^Difference")).click()
    box = page.get_by_role("combobox", name="Cohorts, the first one first")
    for name in ("first", "second"):
        box.fill(name)
        page.get_by_role("option", name=re.compile(f"^{name}")).click()
    driver.wait_until_idle(page)
    page.get_by_label("Name", exact=True).fill("only first")
    page.get_by_role("button", name="Save 2 images").click()
    expect(page.get_by_role("heading", name="only first")).to_be_visible(timeout=driver.PATIENCE)
    assert store.get_by_name("only first").rows.tolist() == [1, 2]

    page.get_by_text("Combine cohorts").click()
    driver.wait_until_idle(page)
    page.get_by_text("Import ids").click()
    table = tmp_path / "readers.csv"
    table.write_text("scan,reader\ndigit-0007,a\ndigit-9,b\ndigit-0011,a\n")
    page.locator("input[type=file]").set_input_files(table)
    expect(
        page.get_by_text("2 of 3 ids name an image (66.7 %); unknown: 'digit-9'.")
    ).to_be_visible(timeout=driver.PATIENCE)
    page.get_by_role("button", name="Save 2 images").click()
    expect(page.get_by_role("heading", name="readers")).to_be_visible(timeout=driver.PATIENCE)
    assert store.get_by_name("readers").rows.tolist() == [7, 11]
    driver.wait_until_idle(page)

    page.get_by_text("New live cohort").click()
    page.get_by_label("Query", exact=True).fill('cohort("first") and not cohort("secnd")')
    page.get_by_label("Name", exact=True).fill("live one")
    page.get_by_role("button", name="Save live cohort").click()
    expect(page.get_by_text("There is no cohort named 'secnd'")).to_be_visible()
    page.get_by_label("Query", exact=True).fill('cohort("first") and not cohort("second")')
    page.get_by_role("button", name="Save live cohort").click()
    expect(page.get_by_role("heading", name="live one")).to_be_visible(timeout=driver.PATIENCE)
    live = store.get_by_name("live one")
    shown = card(page, live.id)
    expect(shown.get_by_text("2 images now")).to_be_visible()
    expect(shown.get_by_alt_text("Where on the map the 2 images lie")).to_be_visible()
    shown.get_by_role("button", name="Freeze").click()
    expect(shown.get_by_role("button", name="Freeze")).to_have_count(0)
    assert not store.get(live.id).is_live
    driver.expect_no_traceback(page)


def test_saving_asks_whether_filters_are_meant(page: Page, app: App) -> None:
    study = app.study
    rows = np.arange(0, 60)
    label = study.samples["label"].to_numpy()[rows]
    chosen = Selection.empty().combine(rows, "replace", {"kind": "ids"})
    study.cohorts.save("sixty", chosen, **study_digests(study))
    token = study.cohorts.remember(chosen)
    inside, scope = int((label == "3").sum()), int((study.samples["label"] == "3").sum())
    page.goto(app.link(selection=token, query='label == "3"', colour='cohort("sixty")'))
    driver.wait_for_map(page)
    driver.wait_for_selection(page, 60)
    expect(page.locator(".cae-map-legend-title")).to_have_text("Cohort “sixty”")
    expect(page.get_by_text(f"{60 - inside} of them outside the filters")).to_be_visible()

    def keep(name: str, meant: str, count: int) -> None:
        page.get_by_role("button", name="Save as cohort").click()
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("say whether they are meant")).to_be_visible()
        page.get_by_text(meant).click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text(f"Saved “{name}” with {count} images")).to_be_visible(
            timeout=driver.PATIENCE
        )
        driver.wait_until_idle(page)

    keep("whole", "The whole selection (60 images)", 60)
    keep("inside", "Only what of it passes the filters", inside)
    keep("all threes", "All that passes the filters", scope)
    assert study.cohorts.get_by_name("whole").rows.tolist() == rows.tolist()
    assert study.cohorts.get_by_name("inside").rows.tolist() == rows[label == "3"].tolist()
    assert study.cohorts.get_by_name("all threes").query == 'label == "3"'


def write_label(page: Page, label: str) -> None:
    box = page.get_by_role("combobox", name="Label", exact=True)
    box.scroll_into_view_if_needed()  # scrolling closes the list
    box.fill(label)
    page.get_by_role("option", name=f"Add: {label}").click()
    driver.wait_until_idle(page)


def test_labels_are_corrected_in_the_gallery_and_undone(page: Page, app: App) -> None:
    chosen = Selection.empty().combine(np.arange(5), "replace", {"kind": "ids"})
    page.goto(app.link(selection=app.study.cohorts.remember(chosen)))
    driver.wait_for_map(page)
    driver.wait_for_selection(page, 5)
    page.locator(".cae-gallery button[data-row='3']").click()
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_visible()
    driver.wait_until_idle(page)
    write_label(page, "odd")
    page.get_by_role("button", name="Label 1 image").click()
    expect(page.get_by_text("The source says “3”.")).to_be_visible(timeout=driver.PATIENCE)
    assert app.study.full_table["corrected_label"].tolist()[2:5] == ["2", "odd", "4"]

    page.get_by_role("button", name="Back", exact=True).click()
    driver.wait_until_idle(page)
    page.get_by_text("Label these images").click()
    driver.wait_until_idle(page)
    write_label(page, "all")
    page.get_by_role("button", name="Label 5 images").click()
    expect(page.get_by_text("“all” to 5 images")).to_be_visible(timeout=driver.PATIENCE)
    assert app.study.full_table["corrected_label"].tolist()[:6] == [*["all"] * 5, "5"]
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.get_by_text("“odd” to 1 image")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    driver.colour_by(page, "Corrected label")
    driver.expect_no_traceback(page)
