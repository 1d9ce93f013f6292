"""Cohorts, as a person uses them."""

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page, expect

from cae.cohorts.selection import Selection
from cae.columns.query import query_rows
from cae.decoding.replay import attrition_on
from cae.export.provenance import study_digests
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App

ROWS = (3, 5, 8, 13, 21)


def save(study: Study, name: str, note: str = "", rows: tuple[int, ...] = ROWS) -> int:
    selection = Selection.empty().combine(np.array(rows), "replace", {"kind": "ids"})
    return study.cohorts.save(name, selection, note, **study_digests(study)).id


def open_cohorts(page: Page, app: App) -> None:
    page.goto(f"{app.server}/cohorts?study={app.study.path.name}")
    heading = page.get_by_role("heading", name=re.compile("cohort", re.IGNORECASE)).first
    expect(heading).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)


def card(page: Page, cohort_id: int) -> Locator:
    return page.locator(f".st-key-cohort-{cohort_id}")


def press(page: Page, place: Locator | Page, name: str) -> None:
    with driver.run_of(page):
        place.get_by_role("button", name=name).click()


def test_without_cohorts_the_way_to_the_map_is_shown(page: Page, app: App) -> None:
    open_cohorts(page, app)
    expect(page.get_by_role("heading", name="No cohorts yet")).to_be_visible()
    assert page.get_by_role("dialog").count() == 0
    page.get_by_role("link", name="Go to the map").click()
    driver.wait_for_map(page)


def test_a_cohort_is_shown_renamed_and_annotated(page: Page, app: App) -> None:
    cohort = save(app.study, "odd ones", "First note.")
    open_cohorts(page, app)
    expect(card(page, cohort).get_by_text("5 images · saved")).to_be_visible()
    expect(card(page, cohort).get_by_text("First note.")).to_be_visible()
    pictures = card(page, cohort).locator("img[title]")
    expect(pictures).to_have_count(len(ROWS))
    titles = [picture.get_attribute("title") for picture in pictures.all()]
    assert titles == [f"digit-{row:04d}" for row in ROWS]

    card(page, cohort).get_by_role("button", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("strange ones")
    page.get_by_label("Note", exact=True).fill("Second note.")
    press(page, page, "Save changes")
    expect(card(page, cohort).get_by_role("heading", name="strange ones")).to_be_visible()
    page.reload()
    expect(card(page, cohort).get_by_text("Second note.")).to_be_visible(timeout=driver.PATIENCE)
    assert app.study.cohorts.get(cohort).name == "strange ones"
    driver.expect_no_traceback(page)


def test_a_taken_name_is_refused_in_a_sentence(page: Page, app: App) -> None:
    save(app.study, "first")
    second = save(app.study, "second")
    open_cohorts(page, app)
    card(page, second).get_by_role("button", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("first")
    press(page, page, "Save changes")
    expect(page.get_by_text("A cohort named 'first' exists already")).to_be_visible()
    assert app.study.cohorts.get(second).name == "second"


def test_deleting_can_be_undone_at_once_and_later(page: Page, app: App) -> None:
    cohort = save(app.study, "mistake")
    other = save(app.study, "other")
    open_cohorts(page, app)
    press(page, card(page, cohort), "Delete")
    expect(page.get_by_text("“mistake” was deleted.")).to_be_visible()
    expect(card(page, cohort)).to_have_count(0)
    expect(card(page, other)).to_be_visible()
    press(page, page, "Undo")
    expect(card(page, cohort)).to_be_visible()

    press(page, card(page, cohort), "Delete")
    expect(card(page, cohort)).to_have_count(0)
    page.reload()
    page.get_by_text("1 deleted").click(timeout=driver.PATIENCE)
    press(page, page, "Restore")
    expect(card(page, cohort)).to_be_visible()
    assert app.study.cohorts.get(cohort).rows.tolist() == list(ROWS)


def test_a_cohort_opens_on_the_map_as_the_selection(page: Page, app: App) -> None:
    cohort = save(app.study, "five")
    open_cohorts(page, app)
    press(page, card(page, cohort), "Open on the map")
    driver.wait_for_map(page)
    driver.wait_for_selection(page, len(ROWS))
    assert driver.all_gallery_rows(page) == list(ROWS)


def exported(page: Page, cohort: int, tmp_path: Path) -> zipfile.ZipFile:
    press(page, page, "Prepare the zip")
    with page.expect_download(timeout=driver.PATIENCE) as download:
        page.get_by_role("button", name=re.compile("^Download")).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    return zipfile.ZipFile(file)


def columns(archive: zipfile.ZipFile) -> list[str]:
    name = next(name for name in archive.namelist() if name.endswith("images.csv"))
    return next(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_export_checks_out_and_names_no_patient_unasked(
    page: Page, app: App, tmp_path: Path
) -> None:
    cohort = save(app.study, "to share")
    open_cohorts(page, app)
    card(page, cohort).get_by_role("button", name="Export").click()
    with exported(page, cohort, tmp_path) as archive:
        assert Path(archive.filename).name == "to-share.zip"
        checksums = next(name for name in archive.namelist() if name.endswith(".sha256"))
        root = checksums.removesuffix("checksums.sha256")
        lines = archive.read(checksums).decode().splitlines()
        assert len(lines) == len(archive.namelist()) - 1
        for line in lines:
            digest, name = line.split(maxsplit=1)
            content = archive.read(root + name.lstrip("*"))
            assert hashlib.sha256(content).hexdigest() == digest
        assert sum(name.endswith(".png") for name in archive.namelist()) == len(ROWS)
        assert "patient" not in columns(archive)

    page.get_by_text("Include identifying columns").click()
    driver.wait_until_idle(page)
    with exported(page, cohort, tmp_path) as archive:
        assert "patient" in columns(archive)
    driver.expect_no_traceback(page)


def choose_folds(page: Page, folds: str) -> None:
    page.get_by_role("combobox", name="Folds").click()
    with driver.run_of(page):
        page.get_by_role("option", name=folds, exact=True).click()


def test_export_is_divided_and_made_for_other_tools(page: Page, app: App, tmp_path: Path) -> None:
    cohort = save(app.study, "to train with", rows=tuple(range(60)))
    open_cohorts(page, app)
    card(page, cohort).get_by_role("button", name="Export").click()
    page.get_by_text("For other tools, and folds").click()
    page.get_by_role("combobox", name="Also for").click()
    with driver.run_of(page):
        page.get_by_role("option", name="MONAI").click()
    page.keyboard.press("Tab")
    choose_folds(page, "3")
    with exported(page, cohort, tmp_path) as archive:
        assert columns(archive)[-3:] == ["fold", "image", "image_sha256"]
        listed = json.loads(archive.read("datalist.json"))["training"]
        assert {item["fold"] for item in listed} == {0, 1, 2}
    driver.expect_no_traceback(page)


def test_what_cannot_be_divided_is_said_and_can_be_asked_for_otherwise(
    page: Page, app: App, tmp_path: Path
) -> None:
    cohort = save(app.study, "one patient", rows=(0, 6, 12, 18))
    open_cohorts(page, app)
    card(page, cohort).get_by_role("button", name="Export").click()
    page.get_by_text("For other tools, and folds").click()
    choose_folds(page, "2")
    press(page, page, "Prepare the zip")
    expect(page.get_by_text("ask for fewer folds")).to_be_visible(timeout=driver.PATIENCE)
    choose_folds(page, "none")
    with exported(page, cohort, tmp_path) as archive:
        assert "fold" not in columns(archive)
    driver.expect_no_traceback(page)


def test_names_and_notes_are_shown_as_they_were_typed(page: Page, app: App) -> None:
    name, note = "<b>bold</b> **not** :smile: $x$ [a](b)", "<script>document.title='x'</script>"
    cohort = save(app.study, name, note)
    open_cohorts(page, app)
    expect(card(page, cohort).get_by_role("heading", name=name)).to_be_visible()
    expect(card(page, cohort).get_by_text(note)).to_be_visible()
    assert page.title() != "x"


def test_a_card_tells_how_its_images_came_about(page: Page, app: App) -> None:
    table = app.study.table
    steps = Selection.empty()
    for combine, query in (("replace", "label in (1, 2, 3)"), ("intersect", "site is missing")):
        rows = np.flatnonzero(query_rows(table, query))
        steps = steps.combine(rows, combine, {"kind": "filter", "filters": [query]})
    cohort = app.study.cohorts.save("dark ones", steps).id
    open_cohorts(page, app)
    card(page, cohort).get_by_role("button", name="Flow").click()
    flow = page.get_by_role("region", name="How the cohort came about")
    expect(flow).to_be_visible(timeout=driver.PATIENCE)
    first, second = (event["count"] for event in steps.history)
    lines = flow.get_by_role("row")
    expect(lines).to_have_count(4)
    expect(lines.nth(2)).to_contain_text(
        f"− {len(table) - first:,} label in (1, 2, 3) does not hold"
    )
    expect(lines.nth(3)).to_contain_text(f"{second:,} images")
    sentence = attrition_on(app.study, steps.history).statement
    expect(page.get_by_text(sentence, exact=True)).to_be_visible()
    driver.expect_no_traceback(page)
