"""The page Compare, as a person uses it."""

import json
import re
import urllib.parse
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cae.cohorts import compare, survival, table_one
from cae.cohorts.characteristics import p_text
from cae.cohorts.selection import Selection
from cae.decoding.direction_store import saved_directions
from cae.export.kaplan_meier_picture import kaplan_meier_picture, picture_words
from cae.export.table_one import export_table_one
from cae.storage import write_table
from cae.study.label_corrections import correct_labels, undo_correction
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App

IMAGES_OF_A_PATIENT = 3


@pytest.fixture
def app(app: App) -> App:
    """The app with patients of three images that lie beside each other on the map."""
    study = app.study
    order = np.argsort(np.asarray(study.projection)[:, 0])
    patient = np.empty(len(study), dtype=int)
    patient[order] = np.arange(len(study)) // IMAGES_OF_A_PATIENT
    age = np.random.default_rng(0).normal(60, 8, patient.max() + 1).round(1)
    table = study.samples.assign(
        patient=[f"patient {number}" for number in patient], age=age[patient]
    )
    write_table(study.file("samples.parquet"), table)
    return App(app.server, Study.open(study.path), app.log)


def open_page(page: Page, app: App, **values: str) -> None:
    query = urllib.parse.urlencode({"study": app.study.path.name, **values})
    page.goto(f"{app.server}/compare?{query}")
    wait_for_page(page)


def wait_for_page(page: Page) -> None:
    expect(page.get_by_role("region", name="Table 1")).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)


def address_values(page: Page) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlparse(page.url).query))


def table(region: Locator) -> list[list[str]]:
    """The texts of a table's cells, line by line."""
    return [
        [cell.inner_text() for cell in line.locator("th, td").all()]
        for line in region.get_by_role("row").all()
    ]


def download(page: Page, name: str) -> tuple[str, bytes]:
    with page.expect_download(timeout=driver.PATIENCE) as started:
        page.get_by_role("button", name=name, exact=True).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def expect_figures(page: Page, study: Study, first: str, second: str) -> None:
    """Check every figure of the differences against the library."""
    found = compare(study, first, second)
    lines = table(page.get_by_role("region", name="Differences"))[1:]
    assert len(lines) == len(found.columns)
    for column, line in zip(found.columns, lines, strict=True):
        assert line[0].split("\n")[0] == column.variable.title
        effect, significance = column.effect, column.significance
        if effect is not None:
            interval = f"{effect.value:.3g} ({effect.low:.3g} to {effect.high:.3g})"
            assert line[1] == interval.replace("-", "−")
        tested = [significance.test, p_text(significance.p)] if significance else ["–", "–"]
        assert line[3:5] == tested
        assert line[5] == ("–" if column.q is None else p_text(column.q))
        assert line[6] == f"{column.known[0]:,} / {column.known[1]:,}"
    for remark in found.remarks:
        expect(page.get_by_text(remark.text, exact=True).first).to_be_visible()
    expect(page.get_by_text(found.confounding.sentence, exact=True)).to_be_visible()


def test_from_the_map_to_table_one_and_back_after_a_reload(
    page: Page, app: App, tmp_path: Path
) -> None:
    study = app.study
    driver.open_app(page, app.address)
    xy = np.asarray(study.projection, dtype=float)
    largest = study.clusters["cluster"].mode()[0]
    members = xy[study.clusters["cluster"] == largest]
    centre = members.mean(axis=0)
    reach = float(np.quantile(np.linalg.norm(members - centre, axis=1), 0.9))
    driver.draw(page, driver.circle_around(page, centre, reach))
    expect(page.locator(driver.MAP)).not_to_have_attribute("data-selected", "0")
    driver.wait_until_idle(page)
    count = driver.selected_on_map(page)
    assert 30 < count < 300
    page.get_by_role("button", name="Compare", exact=True).click()
    wait_for_page(page)
    values = address_values(page)
    assert values["group"] == "selection"
    selected = f"selection:{values['selection']}"
    expect(page.get_by_text("A · Selection")).to_be_visible()
    assert len(study.cohorts.recall(values["selection"])) == count
    reason = page.get_by_text("Selection is exploratory: it was drawn")
    expect(reason.first).to_be_visible()
    expect_figures(page, study, selected, "rest")

    page.reload()
    wait_for_page(page)
    assert address_values(page) == values
    expect_figures(page, study, selected, "rest")

    name, content = download(page, "CSV")
    expected = export_table_one(study, table_one(study, [selected, "rest"]), tmp_path / "t.csv")
    assert name == "table-1.csv"
    assert content == expected.read_bytes()
    name, content = download(page, "Provenance")
    assert name == "table-1.csv.provenance.json"
    assert json.loads(content)["kind"] == "table_one"
    for kind, ending in (("HTML", "html"), ("DOCX", "docx"), ("LaTeX", "tex")):
        name, content = download(page, kind)
        expected = export_table_one(
            study, table_one(study, [selected, "rest"]), tmp_path / f"t.{ending}"
        )
        assert name == f"table-1.{ending}"
        assert content == expected.read_bytes()
    driver.expect_no_traceback(page)


def test_groups_are_chosen_in_boxes_and_small_counts_hidden(page: Page, app: App) -> None:
    study = app.study
    open_page(page, app, group="label:1", against="label:2")
    expect_figures(page, study, "label:1", "label:2")
    driver.choose(page, "Group B", "Label 3 (")
    expect(page.get_by_text("B · 3", exact=True)).to_be_visible()
    expect_figures(page, study, "label:1", "label:3")
    hide = page.get_by_role("spinbutton", name="Hide counts below")
    hide.fill("12")
    hide.press("Enter")
    shown = page.get_by_role("region", name="Table 1")
    expect(shown.get_by_text("*", exact=True).first).to_be_visible()
    driver.wait_until_idle(page)
    expected = table_one(study, ["label:1", "label:3"], suppress=12).table
    assert table(shown) == [list(expected.columns), *expected.to_numpy().tolist()]
    values = address_values(page)
    assert (values["against"], values["suppress"]) == ("label:3", "12")

    driver.choose(page, "Group B", "Label 1 (")
    expect(page.get_by_text("compare groups that share none")).to_be_visible()
    driver.expect_no_traceback(page)
    driver.choose(page, "Group B", "Label 4 (")
    expect_figures(page, study, "label:1", "label:4")


def test_groups_of_corrected_labels_follow_the_last_correction(page: Page, app: App) -> None:
    study = app.study
    correct_labels(study, np.arange(60, 160), "odd", "anna")
    open_page(page, app, group="label:1", against="rest")
    driver.choose(page, "Group A", "Corrected label odd (100)")
    expect(page.get_by_text("A · odd (as corrected)", exact=True)).to_be_visible()
    expect_figures(page, study, "corrected_label:odd", "rest")
    shown = page.get_by_role("region", name="Table 1")
    expect(shown.get_by_role("rowheader", name="Corrected label")).to_be_visible()
    words = page.locator("body").inner_text()
    assert "anna" not in words
    assert "Corrected by" not in words

    undo_correction(study)
    page.reload()
    expect(page.get_by_text("There is no corrected label 'odd'")).to_be_visible()
    driver.expect_no_traceback(page)


def test_one_press_leads_from_a_cohort_to_the_direction_between_the_groups(
    page: Page, app: App
) -> None:
    rows = np.flatnonzero(app.study.samples["label"] == "1")
    chosen = Selection.empty().combine(rows, "replace", {"kind": "ids"})
    cohort = app.study.cohorts.save("<b>ones</b>", chosen)
    page.goto(f"{app.server}/cohorts?study={app.study.path.name}")
    card = page.locator(f".st-key-cohort-{cohort.id}")
    card.get_by_role("button", name="Compare").click()
    wait_for_page(page)
    assert address_values(page)["group"] == f"cohort:{cohort.id}"
    expect(page.get_by_text("A · <b>ones</b>", exact=True)).to_be_visible()
    for letter in "AB":
        expect(page.get_by_alt_text(re.compile(f"^Computed image: {letter}: mean"))).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^Original image: digit-"))).to_have_count(12)

    page.get_by_role("button", name="Walk from B to A").click()
    expect(page.locator(".cae-film button").first).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_for_map(page)
    values = address_values(page)
    assert values["decode"] == "direction"
    assert values["direction"] == "saved: <b>ones</b> against the rest"
    (saved,) = saved_directions(app.study)
    assert saved.facts["images"] == [len(rows), len(app.study) - len(rows)]
    driver.expect_no_traceback(page)


def test_survival_waits_for_columns_and_leaves_as_a_picture(page: Page, app: App) -> None:
    random = np.random.default_rng(2)
    patients = app.study.samples["patient"].factorize()[0]
    months = random.exponential(20, patients.max() + 1).round(1)[patients]
    vital = random.choice(["alive", "dead"], patients.max() + 1)[patients]
    table = app.study.samples.assign(survival_months=months, vital=vital)
    write_table(app.study.file("samples.parquet"), table)
    study = Study.open(app.study.path)
    open_page(page, app, group="label:1", against="label:2")
    expect(page.get_by_text("Nothing is assumed")).to_be_visible()
    expect(page.get_by_role("region", name="Survival")).to_have_count(0)
    driver.choose(page, "Time", "Survival months")
    driver.choose(page, "Event", "Vital")
    found = survival(study, ["label:1", "label:2"], "survival_months", "vital")
    picture = page.get_by_role("img", name=picture_words(found), exact=True)
    expect(picture).to_be_visible(timeout=driver.PATIENCE)
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    for remark in (*found.remarks, *found.verdict):
        expect(page.get_by_text(remark.text, exact=True).first).to_be_visible()
    driver.wait_until_idle(page)
    name, content = download(page, "SVG")
    assert (name, content.decode("utf-8")) == ("survival.svg", kaplan_meier_picture(found))
    page.reload()
    wait_for_page(page)
    expect(picture).to_be_visible(timeout=driver.PATIENCE)
    driver.expect_no_traceback(page)
