"""Measure what several people on one study cost: response times, errors, the server's memory.

Run ``python benchmarks/sessions.py``. Each person has a Chromium of their own on the same machine,
so that at twenty most of the time is the browsers' own; they open the map, then draw outlines, turn
pages of the gallery and recolour, and think for two to six seconds after each. One person alone is
the row to compare with. ``--images`` measures the rows of one size anew and keeps the others;
``--quick`` takes two people and one round.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from map import CLUSTERS, ROOT, make_study
from playwright.sync_api import Page, sync_playwright
from tables import FINISHED, as_table, machine, write_section

from cae.storage import read_json, write_json
from cae.study.study import Study

sys.path.insert(0, str(ROOT))  # the app's driver lies with its tests
from tests.browser import driver  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, chromium, running_app  # noqa: E402
from tests.browser.runs import new_page  # noqa: E402

PEOPLE = {10_000: (1, 20), 1_000_000: (1, 12)}
QUICK_PEOPLE = {10_000: (2,)}
ROUNDS = 5
PATIENCE = 120_000
SECONDS_APART = 2.0
COLUMNS = {
    "images": "images",
    "people": "people",
    "opened": "map opened",
    "opened_worst": "worst",
    "count": "outline → count",
    "count_worst": "worst",
    "page": "gallery page",
    "page_worst": "worst",
    "recoloured": "recoloured",
    "recoloured_worst": "worst",
    "actions": "actions",
    "errors": "errors",
    "first_mb": "MB with one",
    "session_mb": "MB each further",
}
TIMED = ("opened", "count", "page", "recoloured")


@dataclass
class Seen:
    """What people saw, added to by many threads.

    Attributes:
        seconds: of each action, by its name.
        errors: what went wrong.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in TIMED})
    errors: list[str] = field(default_factory=list)


def main() -> None:
    """Measure, print the table, and write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two people, one round")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--images", type=int, choices=list(PEOPLE), help="only this size")
    options = parser.parse_args()
    asked, rounds = (QUICK_PEOPLE, 1) if options.quick else (PEOPLE, ROUNDS)
    rows = []
    for images, numbers in asked.items():
        if options.images in (None, images):
            with tempfile.TemporaryDirectory() as scratch:
                study = make_study(Path(scratch) / "home" / "digits", images)
                rows += [measure(study, people, rounds) for people in numbers]
    if not options.quick:
        for row in rows:
            write_json(_file(row["images"], row["people"]), row)
        write_section("sessions", table(measured()))
    sys.stdout.write(table(rows))
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def measured() -> list[dict[str, Any]]:
    """Return the row of each finished run."""
    files = (_file(images, people) for images, numbers in PEOPLE.items() for people in numbers)
    return [read_json(file) for file in files if file.exists()]


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of what people waited for."""
    return as_table(rows, COLUMNS, _text)


def _text(figure: float) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.2f}"


def _file(images: int, people: int) -> Path:
    return FINISHED / f"sessions-{images}-{people}.json"


def measure(study: Study, people: int, rounds: int) -> dict[str, Any]:
    """Return the row of so many people, each of whom goes through so many rounds of actions."""
    seen = Seen()
    with running_app(study.path.parent) as (address, log):
        link = f"{address}/?study={study.path.name}"
        # All are there until the last is done, as memory is looked at then.
        all_done = threading.Barrier(people + 1)
        gone = threading.Event()
        first_mb = _memory_of_one(link)
        with ThreadPoolExecutor(people) as pool:
            for number in range(people):
                pool.submit(_explore, link, study, number, rounds, seen, all_done, gone)
            all_done.wait()
            last_mb = _server_mb()
            gone.set()
        if "Traceback" in log.read_text("utf-8"):
            seen.errors.append("a traceback in the app's log")
    for error in seen.errors:
        sys.stderr.write(f"{error}\n")
    row: dict[str, Any] = {"images": len(study), "people": people, "errors": len(seen.errors)}
    row["actions"] = sum(map(len, seen.seconds.values()))
    for name, seconds in seen.seconds.items():
        row[name] = statistics.median(seconds) if seconds else None
        row[f"{name}_worst"] = max(seconds, default=None)
    # One looked at the study before all others came, and is counted with the server.
    return {**row, "first_mb": first_mb, "session_mb": (last_mb - first_mb) / people}


def _memory_of_one(link: str) -> float:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS)
        )
        page = new_page(browser.new_context(viewport={"width": 1440, "height": 900}))
        page.set_default_timeout(PATIENCE)
        driver.open_app(page, link)
        page.wait_for_timeout(10_000)  # until the model is loaded in the background
        megabytes = _server_mb()
        browser.close()
        return megabytes


def _server_mb() -> float:
    """Memory that is the app's alone, with all that it started, in MB."""
    apps = [
        process
        for process in psutil.Process().children(recursive=True)
        if "streamlit" in process.cmdline()
    ]
    return sum(process.memory_full_info().uss for process in apps) / 1e6


def _explore(
    link: str,
    study: Study,
    number: int,
    rounds: int,
    seen: Seen,
    all_done: threading.Barrier,
    gone: threading.Event,
) -> None:
    """Be one person: come after those before, act and think, and stay until all are done."""
    thinking = random.Random(number)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS)
            )
            page = new_page(browser.new_context(viewport={"width": 1440, "height": 900}))
            page.set_default_timeout(PATIENCE)
            try:
                _act(page, link, study, number, rounds, seen, thinking)
                driver.expect_no_traceback(page)
            except Exception as error:
                seen.errors.append(f"person {number}: {str(error).splitlines()[0]}")
            all_done.wait()
            gone.wait()
            browser.close()
    except threading.BrokenBarrierError:
        seen.errors.append(f"person {number}: another never came")


def _act(
    page: Page,
    link: str,
    study: Study,
    number: int,
    rounds: int,
    seen: Seen,
    thinking: random.Random,
) -> None:
    def timed(name: str, start: float) -> None:
        seen.seconds[name].append(time.perf_counter() - start)
        page.wait_for_timeout(thinking.uniform(2000, 6000))

    page.wait_for_timeout(1000 * SECONDS_APART * number)
    start = time.perf_counter()
    driver.open_app(page, link)
    timed("opened", start)
    for turn in range(rounds):
        _draw_around(page, study, (number + turn) % CLUSTERS)
        before = page.locator(".cae-count").inner_text()
        start = time.perf_counter()
        page.mouse.up()
        page.wait_for_function(
            "before => document.querySelector('.cae-count').innerText !== before",
            arg=before,
            polling="raf",
        )
        timed("count", start)
        driver.wait_until_idle(page)
        first = str(driver.gallery_rows(page)[0])
        start = time.perf_counter()
        page.get_by_role("button", name="Next", exact=True).first.click()
        page.wait_for_function(
            "row => document.querySelector('.cae-gallery button[data-row]').dataset.row !== row",
            arg=first,
        )
        timed("page", start)
        start = time.perf_counter()
        driver.colour_by(page, ("Age", "Label")[turn % 2])
        timed("recoloured", start)


def _draw_around(page: Page, study: Study, cluster: int) -> None:
    """Draw around a cluster, without letting go."""
    members = study.clusters["cluster"].to_numpy() == cluster
    centre = np.asarray(study.projection)[members].mean(axis=0)
    driver.drag(page, driver.circle_around(page, centre, 1.2))


if __name__ == "__main__":
    main()
