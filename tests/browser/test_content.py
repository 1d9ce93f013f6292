"""What tables, names and notes say is shown as it is, on every page, and nothing of it runs."""

import urllib.parse
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from cae.cohorts.selection import Selection
from cae.decoding.direction_store import save_direction
from cae.latent.direction import Direction
from cae.study.cluster_names import name_cluster
from cae.study.label_corrections import correct_labels
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.conftest import add_local_model, build_quick_study, digits_imageset

HOST = "elsewhere.invalid"
SCRIPT = f'<img src="https://{HOST}/t.png" onerror="alert(1)">'
PICTURE = f"![p](https://{HOST}/p.png)"
LINK = "**bold** [a](javascript:alert(1)) :smile: $x$"
# At most 60 characters, as names of clusters and directions have.
SHORT = f"![p](//{HOST}/s.png) <b>bold</b>"
PAGES = {
    "explore": "",
    "cohorts": "Combine cohorts",
    "compare": "",
    "interpolate": "",
    "local": "",
    "report": "",
    "training": "",
}


@pytest.fixture(scope="module")
def hostile(server) -> Study:
    """A study in which whatever a stranger can write is markup."""
    _, home, _ = server
    plain = digits_imageset(120)
    table = plain.table.assign(label=[(SCRIPT, PICTURE, LINK)[row % 3] for row in range(120)])
    table["id"] = [f"=1+1 {PICTURE} {row}" for row in range(120)]
    table[f"@{PICTURE}"] = [f"{LINK} {row % 4}" for row in range(120)]
    table["patient"] = [f"{SCRIPT} {row % 6}" for row in range(120)]
    told = replace(plain, table=table, name=PICTURE, credit=f"{LINK} {PICTURE}", notes=(PICTURE,))
    study = build_quick_study(home / "_hostile_", told)
    add_local_model(study)
    name_cluster(study, 0, SHORT)
    correct_labels(study, np.arange(3), f"{SCRIPT} {PICTURE}", f"{LINK}@example.org")
    save_direction(study, Direction(SHORT, np.ones(16, np.float32), {"kind": "label"}))
    chosen = Selection.empty().combine(np.arange(9), "replace", {"kind": "filter", "filters": []})
    study.cohorts.save(f"{PICTURE} {LINK}", chosen, f"{SCRIPT} {PICTURE}", [SHORT[:40], "**bold**"])
    study.cohorts.save_live(SCRIPT, f'label == "{PICTURE}"', PICTURE)
    return Study.open(study.path)


@pytest.fixture
def watched(page: Page):
    """A page of which nothing may ask another host or open a dialog."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if HOST in urllib.parse.urlsplit(request.url).netloc:
            asked.append(request.url)

    page.on("request", note)
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    yield page
    assert asked == []


def expect_text_only(page: Page) -> None:
    """Check that nothing on the page was made from markup in what people wrote."""
    expect(page.locator(f'[src*="{HOST}"], a[href^="javascript"]')).to_have_count(0)
    # An address may be made one to press, as it stands there.
    for link in page.locator(f'a[href*="{HOST}"]').all():
        shown = link.evaluate("link => link.closest('p, div, li, td, label').outerHTML")
        assert urllib.parse.unquote(link.get_attribute("href")).endswith(link.inner_text()), shown
    for tag in ("b", "strong", "em"):
        expect(page.locator(tag).filter(has_text="bold")).to_have_count(0)
    expect(page.locator(".katex")).to_have_count(0)
    # A table's own button would write what a spreadsheet runs.
    for button in page.get_by_label("Download as CSV").all():
        expect(button).to_be_hidden()
    driver.expect_no_traceback(page)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_runs_what_people_wrote(watched: Page, app: App, hostile: Study, name: str) -> None:
    values = {
        "study": hostile.path.name,
        "query": f'label == "{PICTURE}"',
        "group": f"label:{PICTURE}",
        "image": "1" if name == "explore" else "",
        "direction": f"saved: {SHORT}",
        "decode": "direction",
    }
    told = urllib.parse.urlencode({key: value for key, value in values.items() if value})
    path = "" if name == "explore" else name
    watched.goto(f"{app.server}/{path}?{told}")
    expect(watched.get_by_test_id("stSidebar").get_by_text("120 images.")).to_be_visible()
    driver.wait_until_idle(watched)
    if name == "training":
        with driver.run_of(watched):
            watched.get_by_role("button", name="_hostile_").click()
        expect(watched.get_by_role("heading", name=hostile.path.name)).to_be_visible()
        watched.get_by_text("Images", exact=True).click()
    if PAGES[name]:
        with driver.run_of(watched):
            watched.get_by_text(PAGES[name]).click()
    expect_text_only(watched)


def test_errors_and_what_is_saved_are_told_as_text(watched: Page, app: App, hostile: Study) -> None:
    watched.goto(f"{app.server}/?{urllib.parse.urlencode({'study': PICTURE})}")
    expect(watched.get_by_text(f"There is no study named '{PICTURE}'")).to_be_visible()
    expect_text_only(watched)
    driver.open_app(watched, f"{app.server}/?study=_hostile_")
    watched.get_by_role("button", name="Filters").click()
    with driver.run_of(watched):
        watched.locator(".cae-map-all").click(force=True)
    places = np.asarray(hostile.projection)
    driver.draw(watched, driver.circle_around(watched, places.mean(axis=0), np.ptp(places)))
    driver.save_cohort(watched, f"new {SHORT}", SCRIPT)
    expect_text_only(watched)
