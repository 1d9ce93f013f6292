"""Signing in with a real provider, and what each role may do, behind a proxy on a sub-path."""

import io
import os
import re
import shutil
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cae.cohorts.selection import Selection
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import ROOT
from tests.browser.identity_provider import (
    CLIENT,
    SECRET,
    UNVERIFIED,
    Provider,
    identity_provider,
)
from tests.browser.proxy import proxy
from tests.browser.runs import new_page
from tests.serving import free_port, serving

BELOW = "/group/cae"
ANNA, BEN, CARLA = (f"{name}@example.org" for name in ("anna", "ben", "carla"))


@dataclass(frozen=True)
class Shared:
    """A running server that people sign in to: its address, its studies, and their folder."""

    address: str
    home: Path
    provider: Provider

    @property
    def digits(self) -> Study:
        return Study.open(self.home / "digits")

    def refuses(self, path: str, method: str = "GET", cookies: str = "") -> bool:
        asked = urllib.request.Request(f"{self.address}{path}", method=method, data=None)
        if cookies:
            asked.add_header("Cookie", cookies)
        try:
            urllib.request.urlopen(asked, timeout=20).close()
        except urllib.error.HTTPError as error:
            return error.code == 403
        return False


@pytest.fixture(scope="module")
def shared(browser_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Two studies, of which Anna administers both and the others may see one."""
    home = tmp_path_factory.mktemp("shared")
    for name in ("digits", "secret"):
        shutil.copytree(browser_study, home / name)
    (home / "in").mkdir()
    inner, outer = free_port(), free_port()
    with identity_provider(free_port()) as provider, proxy(outer, inner, BELOW) as address:
        provider.redirects.add(f"{address}/oauth2callback")
        file = home / "who.toml"
        file.write_text(
            f'address = "{address}"\nroots = ["{home / "in"}"]\n'
            f'[provider]\nmetadata = "{provider.metadata}"\nclient_id = "{CLIENT}"\n'
            f'client_secret = "{SECRET}"\ncookie_secret = "{"c00kie" * 8}"\n'
            f'[people]\n"{ANNA}" = "admin"\n'
            f'[studies.digits]\n"{BEN}" = "look"\n"{CARLA}" = "edit"\n'
        )
        command = [sys.executable, "-m", "cae", "app", "--no-browser", "--port", str(inner)]
        command += ["--address", "127.0.0.1", "--access", str(file)]
        environment = {**os.environ, "CAE_HOME": str(home), "PYTHONPATH": str(ROOT)}
        environment.pop("CAE_STUDY", None)
        with serving(command, inner, ROOT, environment, home / "app.log", BELOW):
            yield Shared(address, home, provider)


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has signed in with."""
    context = browser.new_context(accept_downloads=True)
    context.add_init_script("localStorage.setItem('cae tour seen', 'yes')")
    yield context
    context.close()


@pytest.fixture
def page(person: BrowserContext) -> Page:
    opened = new_page(person)
    opened.set_viewport_size({"width": 1440, "height": 900})
    return opened


def sign_in(page: Page, shared: Shared, email: str, path: str = "/") -> None:
    page.goto(f"{shared.address}{path}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{shared.address}/**")


def open_digits(page: Page, shared: Shared, email: str) -> None:
    sign_in(page, shared, email)
    driver.wait_for_map(page)
    if "study=digits" not in page.url:
        driver.choose(page, "Study", "digits")
        driver.wait_for_map(page)


def cookies_of(context: BrowserContext) -> str:
    return "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())


def select_some(page: Page, shared: Shared) -> None:
    places = np.asarray(shared.digits.projection)
    driver.draw(page, driver.circle_around(page, places.mean(axis=0), np.ptp(places) / 5))
    expect(page.locator(driver.MAP)).not_to_have_attribute("data-selected", "0")
    driver.wait_until_idle(page)


@pytest.mark.parametrize("path", ["/", "/training", "/cohorts?study=digits"])
def test_nobody_sees_anything_before_signing_in(shared: Shared, page: Page, path: str) -> None:
    page.goto(f"{shared.address}{path}")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    driver.wait_until_idle(page)
    expect(page.get_by_text("digits")).to_have_count(0)
    expect(page.get_by_role("link", name="Data & training")).to_have_count(0)
    expect(page.get_by_text("Bring images")).to_have_count(0)
    driver.expect_no_traceback(page)


def test_who_is_on_no_list_is_refused_in_a_sentence(shared: Shared, page: Page) -> None:
    sign_in(page, shared, "mallory@example.org")
    expect(page.get_by_text("mallory@example.org may not see anything here")).to_be_visible()
    expect(page.get_by_text("digits")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_an_address_that_the_provider_does_not_vouch_for_is_none(
    shared: Shared, page: Page
) -> None:
    sign_in(page, shared, UNVERIFIED)
    expect(page.get_by_text("does not vouch for an e-mail address")).to_be_visible()


def test_who_may_look_sees_one_study_and_saves_nothing(shared: Shared, page: Page) -> None:
    cohort = shared.digits.cohorts.save("kept", Selection(np.arange(5)))
    open_digits(page, shared, BEN)
    expect(page.get_by_test_id("stSidebar").get_by_text(BEN)).to_be_visible()
    page.get_by_role("combobox", name="Study").click()
    expect(page.get_by_role("option")).to_have_text(["digits"])
    page.keyboard.press("Escape")
    select_some(page, shared)
    expect(page.get_by_role("button", name="Save as cohort")).to_be_disabled()

    driver.go_to_page(page, "Cohorts")
    card = page.locator(f".st-key-cohort-{cohort.id}")
    expect(card.get_by_role("button", name="Delete")).to_be_disabled()
    expect(card.get_by_role("button", name="Edit")).to_be_disabled()
    expect(card.get_by_role("button", name="Export")).to_be_enabled()

    driver.go_to_page(page, "Data & training")
    expect(page.get_by_role("button", name="New study")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("secret"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("digits")).click()
    expect(page.get_by_text("This needs the role “edit” on the study “digits”")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)

    page.goto(f"{shared.address}/?study=secret")
    expect(page.get_by_text("There is no study named 'secret'")).to_be_visible()
    expect(page.locator(driver.MAP)).to_have_count(0)
    driver.expect_no_traceback(page)


def test_who_may_edit_saves_a_cohort_and_brings_nothing(shared: Shared, page: Page) -> None:
    open_digits(page, shared, CARLA)
    select_some(page, shared)
    driver.save_cohort(page, "by Carla")
    assert len(shared.digits.cohorts.get_by_name("by Carla").rows)
    driver.go_to_page(page, "Data & training")
    page.get_by_role("button", name=re.compile("digits")).click()
    expect(page.get_by_text("Complete: 360 images")).to_be_visible()
    for title in ("New study", "Rename", "Delete"):
        expect(page.get_by_role("button", name=title, exact=True)).to_have_count(0)
    expect(page.get_by_text("Add images")).to_have_count(0)
    driver.expect_no_traceback(page)


def pictures() -> bytes:
    """A zip of eight pictures, one of them called by what would be markup."""
    packed, drawn = io.BytesIO(), np.random.default_rng(0)
    names = [*(f"{number}.png" for number in range(7)), "=1+1 <img src=x onerror=alert(1)>.png"]
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            held = io.BytesIO()
            Image.fromarray(drawn.integers(0, 255, (28, 28), np.uint8)).save(held, "PNG")
            archive.writestr(name, held.getvalue())
    return packed.getvalue()


def test_an_administrator_uploads_below_the_sub_path_and_deletes(
    shared: Shared, page: Page
) -> None:
    open_digits(page, shared, ANNA)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    driver.go_to_page(page, "Data & training")
    chosen = page.locator("input[type=file]").first
    with page.expect_response(re.compile(f"{BELOW}/_stcore/upload_file/")) as answer:
        chosen.set_input_files(
            {"name": "new ones.zip", "mimeType": "application/zip", "buffer": pictures()}
        )
    assert answer.value.status == 204
    _, _, sent_to = answer.value.url.partition(BELOW)
    assert shared.refuses(sent_to, "DELETE")
    expect(page.get_by_text("8 images")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="new ones")).to_be_visible()
    expect(page.get_by_text("8 grey images")).to_be_visible(timeout=90_000)
    assert len(Study.open(shared.home / "new ones")) == 8
    page.get_by_role("button", name="Discard this study").click()
    page.get_by_role("button", name="Remove it").click()
    driver.wait_for(page, lambda: not (shared.home / "new ones").exists())
    assert alerts == []
    driver.expect_no_traceback(page)


def test_folders_of_the_server_are_read_below_its_roots_only(shared: Shared, page: Page) -> None:
    open_digits(page, shared, ANNA)
    driver.go_to_page(page, "Data & training")
    page.get_by_role("tab", name="Folder on this computer").click()
    for path in ("/etc", str(shared.home / "in" / ".." / "secret"), "/no/such/folder"):
        page.get_by_label("Folder", exact=True).fill(path)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{path} may not be read; choose something below")).to_be_visible()
    page.get_by_label("Folder", exact=True).fill(str(shared.home / "in"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("may not be read")).to_have_count(0)


def test_a_download_is_for_whoever_the_page_was_shown_to(
    shared: Shared, page: Page, browser: Browser
) -> None:
    saved = shared.digits.cohorts.save("to take away", Selection(np.arange(4)))
    other = browser.new_context()
    other.add_init_script("localStorage.setItem('cae tour seen', 'yes')")
    open_digits(new_page(other), shared, BEN)
    open_digits(page, shared, ANNA)
    driver.go_to_page(page, "Cohorts")
    card = page.locator(f".st-key-cohort-{saved.id}")
    expect(card.get_by_role("img").first).to_be_visible()
    driver.wait_until_idle(page)
    card.get_by_role("button", name="Export").click()
    with driver.run_of(page):
        page.get_by_role("button", name="Prepare the zip").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Download")).click()
    _, _, path = download.value.url.partition(BELOW)
    assert path.startswith("/media/")
    own = urllib.request.Request(f"{shared.address}{path}")
    own.add_header("Cookie", cookies_of(page.context))
    with urllib.request.urlopen(own, timeout=20) as answer:
        assert zipfile.is_zipfile(io.BytesIO(answer.read()))
    assert shared.refuses(path)
    assert shared.refuses(path, cookies="_streamlit_user=forged")
    assert shared.refuses(path, cookies=cookies_of(other))
    assert shared.refuses("/_stcore/metrics", cookies=cookies_of(other))
    other.close()
