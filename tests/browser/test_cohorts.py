"""Cohorts, as a person uses them."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cae.cohorts.selection import Selection
from cae.cohorts.stability import stability_of
from cae.columns.query import query_rows
from cae.decoding.replay import attrition_on
from cae.export.flow_picture import flow_picture, flow_words
from cae.export.provenance import study_digests
from cae.sources.folder import FolderSource
from cae.study.steps import import_images
from cae.study.study import Study
from cae.who import this_user
from tests.browser import driver
from tests.browser.conftest import App
from tests.browser.runs import new_page

ROWS = (3, 5, 8, 13, 21)


def save(study: Study, name: str, note: str = "", rows: tuple[int, ...] = ROWS) -> int:
    selection = Selection.empty().combine(np.array(rows), "replace", {"kind": "ids"})
    return study.cohorts.save(name, selection, note, **study_digests(study)).id


def open_cohorts(page: Page, app: App, study: Study | None = None) -> None:
    page.goto(f"{app.server}/cohorts?study={(study or app.study).path.name}")
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


def choose_images(page: Page, name: str) -> None:
    with driver.run_of(page):
        page.get_by_role("radiogroup", name="Images").get_by_text(name).click()


@pytest.fixture
def with_files(app: App, tmp_path: Path) -> Study:
    """Images of a folder, with masks of two of them beside them."""
    random, folder = np.random.default_rng(0), tmp_path / "scans"
    folder.mkdir()
    for name in ("anna", "ben", "cleo", "anna_mask", "ben_mask"):
        values = 2 if name.endswith("mask") else 256
        Image.fromarray(random.integers(0, values, (28, 28), np.uint8)).save(folder / f"{name}.png")
    place = app.study.path.with_name(f"files-of-{app.study.path.name}")
    return import_images(FolderSource(folder), place)


def test_original_files_leave_with_what_identifies_only(
    page: Page, app: App, with_files: Study, tmp_path: Path
) -> None:
    cohort = save(with_files, "with files", rows=(0, 1, 2))
    open_cohorts(page, app, with_files)
    card(page, cohort).get_by_role("button", name="Export").click()
    choose_images(page, "Both")
    expect(page.get_by_text("Original files may tell who a patient is")).to_be_visible()
    expect(page.get_by_text("only together with identifying columns")).to_be_visible()
    expect(page.get_by_role("button", name="Prepare the zip")).to_have_count(0)
    page.get_by_text("Include identifying columns").click()
    driver.wait_until_idle(page)
    with exported(page, cohort, tmp_path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        files = [f"originals/{name}.png" for name in ("anna", "ben", "cleo")]
        images = [f"images/{number:06d}.png" for number in (1, 2, 3)]
        masks = [f"masks/{number:06d}.png" for number in (1, 2)]
        assert names == [*images, *masks, *files]
        assert archive.read(files[2]) == (tmp_path / "scans/cleo.png").read_bytes()

    (tmp_path / "scans/ben.png").unlink()
    choose_images(page, "Original files")
    with exported(page, cohort, tmp_path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        assert names == [*masks, files[0], files[2]]
    expect(
        page.get_by_text("1 of 3 original files are left out: ben.png: it is gone")
    ).to_be_visible()
    driver.expect_no_traceback(page)


def test_images_without_files_leave_as_rendered(page: Page, app: App, tmp_path: Path) -> None:
    cohort = save(app.study, "no files")
    open_cohorts(page, app)
    card(page, cohort).get_by_role("button", name="Export").click()
    for name in ("Rendered PNG", "Original files", "Both"):
        expect(page.get_by_role("radio", name=name)).to_be_disabled()
    with exported(page, cohort, tmp_path) as archive:
        assert {"images/digit-0003.png"} <= set(archive.namelist())


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
    found = attrition_on(app.study, steps.history)
    picture = page.get_by_role("img", name=flow_words([("dark ones", found)]), exact=True)
    expect(picture).to_be_visible(timeout=driver.PATIENCE)
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    flow = page.get_by_role("region", name="How the cohort came about")
    expect(flow).not_to_be_visible()
    page.get_by_text("As a table").click()
    expect(flow).to_be_visible()
    first, second = (event["count"] for event in steps.history)
    lines = flow.get_by_role("row")
    expect(lines).to_have_count(4)
    expect(lines.nth(2)).to_contain_text(
        f"− {len(table) - first:,} label in (1, 2, 3) does not hold"
    )
    expect(lines.nth(3)).to_contain_text(f"{second:,} images")
    expect(page.get_by_text(found.statement, exact=True)).to_be_visible()
    driver.wait_until_idle(page)
    with page.expect_download(timeout=driver.PATIENCE) as started:
        page.get_by_role("button", name="Flow as SVG").click()
    assert started.value.suggested_filename == "flow.svg"
    told = Path(started.value.path()).read_text("utf-8")
    assert told == flow_picture([("dark ones", found)])
    driver.expect_no_traceback(page)


def test_cards_say_which_cohorts_are_not_found_again(page: Page, app: App) -> None:
    study = app.study
    lasso = {"kind": "lasso", "map": "map"}
    scattered, cluster = np.arange(0, 360, 7), np.flatnonzero(study.clusters["cluster"] == 1)
    cohorts = [
        study.cohorts.save(name, Selection.empty().combine(rows, "replace", lasso)).id
        for name, rows in (("scattered", scattered), ("cluster one", cluster))
    ]
    listed = save(study, "listed")
    open_cohorts(page, app)
    name = "Measure its stability"
    expect(card(page, listed).get_by_role("button", name=name)).to_have_count(0)
    expect(card(page, cohorts[1]).get_by_role("button", name=name)).to_be_visible()
    card(page, cohorts[0]).get_by_role("button", name=name).click()
    verdict = stability_of(study, scattered).sentence
    assert verdict.startswith("It is unstable")
    warning = card(page, cohorts[0]).locator(".cae-warning")
    expect(warning).to_have_text(f"Stability: {verdict}")
    # All cohorts are told by the same clusterings.
    expect(
        card(page, cohorts[1]).get_by_text(f"Stability: {stability_of(study, cluster).sentence}")
    ).to_be_visible()
    page.reload()
    expect(warning).to_have_text(f"Stability: {verdict}")
    expect(page.get_by_role("button", name=name)).to_have_count(0)
    driver.expect_no_traceback(page)


def edit(page: Page, cohort: int, **fields: str) -> None:
    """Fill the form of a cohort, without saving it."""
    card(page, cohort).get_by_role("button", name="Edit").click()
    for field, text in fields.items():
        page.get_by_label(field, exact=True).fill(text)


def save_changes(page: Page) -> None:
    with driver.run_of(page):
        page.get_by_role("button", name="Save changes").click()


@pytest.fixture
def other(page: Page, window: BrowserContext) -> Iterator[Page]:
    """A second browser."""
    opened = new_page(window)
    opened.set_viewport_size({"width": 1440, "height": 900})
    yield opened
    opened.close()


def test_of_two_browsers_that_change_a_cohort_none_loses_a_word(
    page: Page, other: Page, app: App
) -> None:
    cohort = save(app.study, "odd ones", "First note.")
    for browser in (page, other):
        open_cohorts(browser, app)
    edit(page, cohort, Name="odd twos", Note="What I saw.")
    edit(other, cohort, Note="What the other saw.", Tags="checked")
    save_changes(other)
    expect(card(other, cohort).get_by_text("What the other saw.")).to_be_visible()

    save_changes(page)
    unsaved = page.locator(f".st-key-unsaved-{cohort}")
    expect(unsaved.get_by_text("is no longer as you saw it")).to_be_visible()
    expect(unsaved.get_by_text(f"{this_user()} changed the note of “odd ones” on")).to_be_visible()
    expect(unsaved.get_by_label("Your name")).to_have_value("odd twos")
    expect(unsaved.get_by_label("Your note")).to_have_value("What I saw.")
    expect(unsaved.get_by_text("Note as it is now: What the other saw.")).to_be_visible()
    assert app.study.cohorts.get(cohort).name == "odd ones"

    # Meanwhile the other goes on; what was typed here stays nonetheless.
    edit(other, cohort, Note="What the other saw later.")
    save_changes(other)
    unsaved.get_by_label("Your note").fill("What both saw.")
    press(page, unsaved, "Save this over it")
    expect(unsaved.get_by_text("Note as it is now: What the other saw later.")).to_be_visible()
    expect(unsaved.get_by_label("Your note")).to_have_value("What both saw.")
    press(page, unsaved, "Save this over it")
    expect(unsaved).to_have_count(0)
    now = app.study.cohorts.get(cohort)
    assert (now.name, now.note, now.tags) == ("odd twos", "What both saw.", ("checked",))
    assert [act.detail for act in app.study.cohorts.log(cohort) if act.what == "noted"] == [
        "What the other saw later.",
        "What the other saw.",
        "First note.",
    ]
    driver.expect_no_traceback(page)


def test_a_change_of_a_cohort_deleted_elsewhere_is_kept(page: Page, other: Page, app: App) -> None:
    cohort = save(app.study, "odd ones", "First note.")
    for browser in (page, other):
        open_cohorts(browser, app)
    edit(page, cohort, Note="A long note.")
    press(other, card(other, cohort), "Delete")
    expect(other.get_by_text("“odd ones” was deleted.")).to_be_visible()

    save_changes(page)
    unsaved = page.locator(f".st-key-unsaved-{cohort}")
    expect(unsaved.get_by_text(f"{this_user()} deleted “odd ones” on")).to_be_visible()
    expect(unsaved.get_by_label("Your note")).to_have_value("A long note.")
    press(page, unsaved, "Restore it with this")
    expect(card(page, cohort).get_by_text("A long note.")).to_be_visible()
    assert app.study.cohorts.get(cohort).note == "A long note."


def test_what_was_typed_stays_while_others_change_the_cohort(
    page: Page, other: Page, app: App
) -> None:
    cohort = save(app.study, "odd ones", "First note.")
    another = save(app.study, "another")
    for browser in (page, other):
        open_cohorts(browser, app)
    edit(page, cohort, Note="Not done yet")
    edit(other, cohort, Name="new name")
    save_changes(other)
    page.keyboard.press("Escape")
    press(page, card(page, another), "Delete")
    expect(card(page, cohort).get_by_role("heading", name="new name")).to_be_visible()
    card(page, cohort).get_by_role("button", name="Edit").click()
    expect(page.get_by_text("It was changed by somebody else")).to_be_visible()
    expect(page.get_by_label("Note", exact=True)).to_have_value("Not done yet")
    press(page, page, "Fill it anew")
    expect(page.get_by_label("Note", exact=True)).to_be_hidden()
    card(page, cohort).get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("new name")


def test_the_log_tells_who_did_what(page: Page, app: App) -> None:
    cohort = save(app.study, "<b>odd</b> ones")
    open_cohorts(page, app)
    press(page, card(page, cohort), "Delete")
    press(page, page, "Undo")
    with driver.run_of(page):
        page.get_by_text("Log", exact=True).click()
    lines = page.get_by_role("region", name="Log of the cohorts").get_by_role("row")
    expect(lines).to_have_count(4)
    for line, deed in enumerate(("restored", "deleted", "saved"), start=1):
        expect(lines.nth(line)).to_contain_text(f"{this_user()} {deed} “<b>odd</b> ones”")
