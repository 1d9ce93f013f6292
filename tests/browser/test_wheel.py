"""The installed program, as somebody meets it who has no checkout."""

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser import driver
from tests.browser.runs import new_page
from tests.serving import free_port, serving

SIDEBAR = "rgb(243, 244, 246)"  # of .streamlit/config.toml; Streamlit's own is another


def test_it_opens_the_embedded_study_in_its_own_colours(
    browser: Browser, installed: Path, away: tuple[Path, Mapping[str, str]], tmp_path: Path
) -> None:
    folder, environment = away
    port = free_port()
    command = [str(installed / "cae"), "app", "--no-browser", "--port", str(port)]
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script("localStorage.setItem('cae tour seen', 'yes')")
    page = new_page(context)
    with serving(command, port, folder, environment, tmp_path / "app.log") as address:
        page.goto(address)
        page.wait_for_selector(f"{driver.MAP}[data-drawn]", timeout=4 * driver.PATIENCE)
        driver.wait_until_idle(page)
        expect(page.get_by_test_id("stSidebar")).to_have_css("background-color", SIDEBAR)
        expect(page.get_by_role("img", name="Map of 4,926 images")).to_be_visible()
    context.close()
