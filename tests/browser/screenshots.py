"""Takes the pictures of all pages, wide and narrow, light and dark, in assets/screenshots.

python -m tests.browser.screenshots
"""

import os
import tempfile
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from cae.cohorts.selection import Selection
from cae.evaluation import measure
from cae.study.pretrained import install_brain
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import CHROMIUM_ARGUMENTS, ROOT, chromium, running_app
from tests.browser.runs import new_page

FOLDER = ROOT / "assets/screenshots"
SIZES = {"wide": (1440, 900), "narrow": (420, 900)}
STUDY = "brain"
CLUSTER = 2
FIRST = 240_000
TO_THE_TOP = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0)"


def main() -> None:
    """Start the app on the study that comes with it, and look at every page."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ["CAE_HOME"] = str(home)
        study = install_brain()
        _save_cohort(study)
        measure(study)
        with running_app(home) as (address, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS)
            )
            for size, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=scheme
                    )
                    context.add_init_script("localStorage.setItem('cae tour seen', 'yes')")
                    page = new_page(context)
                    for name, show in PAGES.items():
                        show(page, address)
                        driver.wait_until_idle(page)
                        page.mouse.move(width / 2, 2)
                        page.evaluate(TO_THE_TOP)
                        page.screenshot(path=FOLDER / f"{name}-{size}-{scheme}.png")
                    context.close()
            browser.close()


def _save_cohort(study: Study) -> None:
    clusters = study.clusters["cluster"].to_numpy()
    smallest = int(np.bincount(clusters[clusters >= 0]).argmin())
    rows = np.flatnonzero(clusters == smallest)
    chosen = Selection.empty().combine(
        rows, "replace", {"kind": "cluster", "column": "cluster", "value": f"Cluster {smallest}"}
    )
    study.cohorts.save("Smallest group", chosen, f"All of cluster {smallest}, to be looked at")


def _go(page: Page, address: str, name: str, **values: str) -> None:
    query = urllib.parse.urlencode({"study": STUDY, **values})
    page.goto(f"{address}/{name}?{query}", timeout=FIRST)


def explore(page: Page, address: str) -> None:
    """Show the map with one cluster selected."""
    _go(page, address, "")
    page.wait_for_selector(f"{driver.MAP}[data-drawn]", timeout=FIRST)
    driver.wait_until_idle(page)
    page.locator(".cae-map-category").filter(has_text=f"Cluster {CLUSTER}").click()
    expect(page.locator(".cae-gallery button[data-row]").first).to_be_visible(timeout=FIRST)
    driver.wait_until_idle(page)


def interpolate(page: Page, address: str) -> None:
    """Show a path from one patch to another, and its middle."""
    _go(page, address, "interpolate", a="3252", b="4793", steps="9")
    steps = page.locator(".cae-film button")
    expect(steps).to_have_count(9, timeout=FIRST)
    driver.wait_for_map(page)
    steps.nth(4).click()


def cohorts(page: Page, address: str) -> None:
    """Show a saved cohort."""
    _go(page, address, "cohorts")
    expect(page.get_by_role("heading", name="Smallest group")).to_be_visible(timeout=FIRST)


def compare(page: Page, address: str) -> None:
    """Show how one cluster differs from the rest."""
    _go(page, address, "compare", group=f"cluster:{CLUSTER}")
    expect(page.get_by_role("region", name="Table 1")).to_be_visible(timeout=FIRST)


def local(page: Page, address: str) -> None:
    """Show the regions of some patches."""
    _go(page, address, "local")
    expect(page.locator(".cae-pixels button").first).to_be_visible(timeout=FIRST)


def report(page: Page, address: str) -> None:
    """Show the figures that come with the study."""
    _go(page, address, "report")
    expect(page.get_by_role("heading").first).to_be_visible(timeout=FIRST)


def training(page: Page, address: str) -> None:
    """Show where images are brought."""
    _go(page, address, "training")
    page.get_by_role("button", name="New study").click()
    expect(page.get_by_role("heading", name="Bring images")).to_be_visible(timeout=FIRST)


PAGES: dict[str, Callable[[Page, str], None]] = {
    "explore": explore,
    "interpolate": interpolate,
    "cohorts": cohorts,
    "compare": compare,
    "local": local,
    "report": report,
    "training": training,
}

if __name__ == "__main__":
    main()
