"""Measure the map in a headless Chromium, beside ``st.plotly_chart`` with the same points.

Run ``python benchmarks/map.py``. Studies of 50,000 and of 1,000,000 digits are made of
scikit-learn's, with drawn places, clusters and ages and a model that was never trained, in a folder
that is removed again. Every time is measured from what a person does to what the person sees:
painted points, a card with its image, a count with the first page of the gallery. ``--quick`` takes
20,000 points and one try.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from sklearn.datasets import load_digits
from tables import as_table, machine, write_section

from cae.imageset import ImageSet
from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model
from cae.storage import write_array, write_table
from cae.study.study import Study

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the app's driver lies with its tests
from tests.browser import driver  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, chromium, running_app  # noqa: E402
from tests.browser.runs import new_page  # noqa: E402

SIZES = (50_000, 1_000_000)
QUICK_SIZE = 20_000
CLUSTERS = 12
PATIENCE = 60_000
COLUMNS = {
    "what": "map",
    "points": "points",
    "first_paint": "first paint",
    "again": "paint after reload",
    "hover": "hover → card",
    "picture": "hover → image",
    "lasso": "lasso → count",
    "gallery": "lasso → gallery",
    "recolour": "recolour",
    "slowed": "slowed by",
}
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PLOTLY_APP = """
import numpy as np, plotly.graph_objects as go, streamlit as st
st.set_page_config(layout="wide")
@st.cache_data
def points():
    return np.load({places!r}), np.load({clusters!r})
xy, clusters = points()
by = st.selectbox("Colour by", ["Cluster", "Place"])
colour = clusters if by == "Cluster" else xy[:, 0]
marker = dict(color=colour, size=3)
dots = go.Scattergl(x=xy[:, 0], y=xy[:, 1], mode="markers", marker=marker)
figure = go.Figure(dots)
figure.update_layout(dragmode="lasso", height=600, uirevision="same")
event = st.plotly_chart(figure, on_select="rerun", key="chart")
rows = event.selection.point_indices
st.html(f'<p id="count" data-count="{{len(rows)}}">{{len(rows)}} selected</p>')
"""


def main() -> None:
    """Measure, print the table, and write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 points, one try of each")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    sizes, tries = ((QUICK_SIZE,), 1) if options.quick else (SIZES, 3)
    rows = []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS)
        )
        for size in sizes:
            study = make_study(Path(scratch) / "home" / f"digits-{size}", size)
            rows.append(measure_map(browser, study, tries))
            rows.append(measure_plotly(browser, study, tries, Path(scratch)))
    table = as_table(rows, COLUMNS, _shown)
    sys.stdout.write(table)
    if not options.quick:
        write_section("map", table)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def make_study(path: Path, size: int) -> Study:
    """Write a complete study of `size` digits, 28×28, whose places form twelve groups."""
    rng = np.random.default_rng(0)
    digits = load_digits()
    small = (digits.images * (255 / 16)).astype(np.uint8)
    large = np.pad(small.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    which = rng.integers(0, len(large), size)
    clusters = rng.integers(0, CLUSTERS, size)
    centres = rng.normal(0, 8, (CLUSTERS, 2))
    places = (centres[clusters] + rng.normal(0, 1, (size, 2))).astype(np.float32)
    table = pd.DataFrame(
        {
            "id": np.char.add("digit-", np.arange(size).astype(str)),
            "split": "train",
            "label": digits.target[which].astype(str),
            "patient": np.arange(size).astype(str),
            "age": rng.normal(60, 12, size).round(1),
        }
    )
    imageset = ImageSet(large[which][..., None], table, name=path.name, kind="digits", credit="")
    study = Study.create(path, imageset, source="digits", seed=0)
    settings = ContrastiveSettings(preset="digits", latent=16, width=4, epochs=1)
    with study.step("train", settings.to_dict()) as files:
        Model.for_images(study.images[:100], settings).save(files.folder / "model")
        for name in ("model.safetensors", "model.json"):
            files.add(f"model/{name}")
    with study.step("encode", {}) as files:
        latents = rng.normal(size=(size, 16)).astype(np.float32)
        write_array(files.add("latents.npy"), latents)
    with study.step("project", {}) as files:
        write_array(files.add("projection.npy"), places)
    found = pd.DataFrame({"cluster": clusters, "probability": 1.0, "outlier_score": 0.0})
    with study.step("cluster", {}) as files:
        write_table(files.add("clusters.parquet"), found)
    return Study.open(path)


def measure_map(browser: Browser, study: Study, tries: int) -> dict[str, Any]:
    """Return seconds of each action on Explore."""
    with running_app(study.path.parent) as (address, _):
        link = f"{address}/?study={study.path.name}"
        with _page(browser) as page:  # a first visit imports the app's modules
            page.goto(f"{address}/training")
            driver.wait_until_idle(page)
            page.wait_for_timeout(3000)
        with _page(browser) as page:
            figures: dict[str, Any] = {
                "what": "CAE Explorer",
                "points": f"{len(study):,}",
                "slowed": _slowed(),
            }
            figures["first_paint"] = _seconds(page, lambda: page.goto(link), _map_is_drawn)
            driver.wait_until_idle(page)
            figures["again"] = _seconds(page, page.reload, _map_is_drawn)
            driver.wait_until_idle(page)
            page.wait_for_timeout(8000)  # until the model is loaded in the background
            hovers = [_hover(page, study, number) for number in range(tries)]
            figures["hover"], figures["picture"] = map(statistics.median, zip(*hovers, strict=True))
            lassos = [_lasso(page, study, number) for number in range(tries)]
            figures["lasso"], figures["gallery"] = map(statistics.median, zip(*lassos, strict=True))
            figures["recolour"] = _median(tries, lambda number: _recolour(page, number))
            return figures


def measure_plotly(browser: Browser, study: Study, tries: int, scratch: Path) -> dict[str, Any]:
    """Return seconds of each action on ``st.plotly_chart``; None where it gave no answer."""
    places, clusters = scratch / "places.npy", scratch / "clusters.npy"
    np.save(places, study.projection)
    np.save(clusters, study.clusters["cluster"].to_numpy())
    script = scratch / "plotly_app.py"
    script.write_text(PLOTLY_APP.format(places=str(places), clusters=str(clusters)))
    figures: dict[str, Any] = {"what": "st.plotly_chart", "points": f"{len(study):,}"}
    figures |= dict.fromkeys(list(COLUMNS)[2:]) | {"slowed": _slowed()}
    with running_app(scratch / "plotly", script) as (address, _), _page(browser) as page:
        steps: dict[str, Callable[[], float]] = {
            "first_paint": lambda: _seconds(page, lambda: page.goto(address), _plotly_is_drawn),
            "again": lambda: _seconds(page, page.reload, _plotly_is_drawn),
            "lasso": lambda: _median(tries, lambda number: _plotly_lasso(page, number)),
            "recolour": lambda: _median(tries, lambda number: _plotly_recolour(page, number)),
        }
        for name, step in steps.items():
            try:
                figures[name] = step()
                page.wait_for_timeout(2000)
            except Exception as error:
                sys.stderr.write(f"st.plotly_chart, {name}: {str(error).splitlines()[0]}\n")
                break
    return figures


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = new_page(context)
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def _seconds(page: Page, act: Callable[[], Any], wait: Callable[[Page], object]) -> float:
    start = time.perf_counter()
    act()
    wait(page)
    page.evaluate(TWO_FRAMES)
    return time.perf_counter() - start


def _slowed() -> str:
    """How many times longer work takes now than the processor needs: what else the machine does."""
    wall, processor = time.perf_counter(), time.process_time()
    numbers = np.random.default_rng(0).random(1_000_000)
    while time.process_time() - processor < 1:
        np.sort(numbers)
    return f"× {(time.perf_counter() - wall) / (time.process_time() - processor):.1f}"


def _median(tries: int, measure: Callable[[int], float]) -> float:
    return statistics.median(measure(number) for number in range(tries))


def _map_is_drawn(page: Page) -> None:
    page.wait_for_selector(f"{driver.MAP}[data-drawn]", timeout=PATIENCE)


def _hover(page: Page, study: Study, number: int) -> tuple[float, float]:
    """Go to a point far from the last one; the seconds until its card and until its image show."""
    page.mouse.move(5, 5)
    page.wait_for_timeout(400)
    rows = np.flatnonzero(study.clusters["cluster"] == number % CLUSTERS)
    place = np.asarray(study.projection)[rows[number]]
    x, y = driver.to_screen(page, place)
    start = time.perf_counter()
    page.mouse.move(float(x), float(y))
    page.wait_for_selector(".cae-map-card:not([hidden])")
    opened = time.perf_counter() - start
    page.wait_for_selector('.cae-map-card[data-row]:not([data-row=""])')
    return opened, time.perf_counter() - start


def _lasso(page: Page, study: Study, number: int) -> tuple[float, float]:
    """Draw around a group; the seconds until the panel counts it, and until the gallery shows."""
    members = study.clusters["cluster"].to_numpy() == number % CLUSTERS
    centre = np.asarray(study.projection)[members].mean(axis=0)
    driver.drag(page, driver.circle_around(page, centre, 1.2))
    count, row = (_text(page, name) for name in (".cae-count", ".cae-gallery strong"))
    start = time.perf_counter()
    page.mouse.up()
    page.wait_for_function(
        "count => document.querySelector('.cae-count').innerText !== count",
        arg=count,
        polling="raf",
    )
    counted = time.perf_counter() - start
    page.wait_for_function(
        """row => {
          const tile = document.querySelector('.cae-gallery strong');
          return tile && tile.innerText !== row
            && [...document.querySelectorAll('.cae-gallery img')].every(image => image.complete);
        }""",
        arg=row,
        polling="raf",
    )
    shown = time.perf_counter() - start
    driver.wait_until_idle(page)
    page.wait_for_timeout(500)
    return counted, shown


def _text(page: Page, selector: str) -> str:
    return page.locator(selector).first.inner_text()


def _recolour(page: Page, number: int) -> float:
    """Choose another column; the seconds until points and legend show it."""
    title = ("Label", "Age", "Cluster")[number % 3]
    before = page.get_attribute(driver.MAP, "data-drawn")
    page.get_by_label("Colour by").click()
    option = page.get_by_role("option", name=title, exact=True)
    option.wait_for()

    def is_shown(page: Page) -> None:
        page.wait_for_function(
            """([title, drawn]) => document.querySelector('.cae-map-legend-title').innerText
              === title && document.querySelector('.cae-map').dataset.drawn !== drawn""",
            arg=[title, before],
            polling="raf",
        )

    seconds = _seconds(page, _pressing(page, option), is_shown)
    driver.wait_until_idle(page)
    page.wait_for_timeout(500)
    return seconds


def _pressing(page: Page, option: Locator) -> Callable[[], None]:
    """Point at an option, which waits until the list has opened, and return what presses it."""
    option.hover()

    def press() -> None:
        page.mouse.down()
        page.mouse.up()

    return press


def _plotly_is_drawn(page: Page) -> None:
    page.wait_for_selector(".js-plotly-plot .gl-canvas", timeout=PATIENCE, state="attached")


def _plotly_lasso(page: Page, number: int) -> float:
    frame = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    if frame is None:
        raise RuntimeError("The chart is not to be seen.")
    x = frame["x"] + frame["width"] * (0.4 + 0.04 * number)
    y = frame["y"] + frame["height"] / 2
    reach = frame["height"] / 5
    page.mouse.move(x + reach, y)
    page.mouse.down()
    for angle in np.linspace(0, 2 * np.pi, 24):
        page.mouse.move(float(x + reach * np.cos(angle)), float(y + reach * np.sin(angle)))
    count = page.get_attribute("#count", "data-count")
    return _seconds(
        page,
        page.mouse.up,
        lambda p: p.wait_for_function(
            "count => document.querySelector('#count').dataset.count !== count",
            arg=count,
            polling="raf",
        ),
    )


def _plotly_recolour(page: Page, number: int) -> float:
    """Choose the other column; the seconds until the chart holds other colours."""
    title = ("Place", "Cluster")[number % 2]
    colours = "JSON.stringify(document.querySelector('.js-plotly-plot')?.data[0].marker.color)"
    before = page.evaluate(f"{colours}.slice(0, 400)")
    page.get_by_label("Colour by").click()
    option = page.get_by_role("option", name=title, exact=True)
    option.wait_for()
    seconds = _seconds(
        page,
        _pressing(page, option),
        lambda p: p.wait_for_function(
            f"before => ({colours} ?? before).slice(0, 400) !== before",
            arg=before,
            polling="raf",
        ),
    )
    page.wait_for_timeout(1000)
    return seconds


def _shown(figure: float) -> str:
    return f"{figure:.2f} s"


if __name__ == "__main__":
    os.environ.pop("CAE_STUDY", None)
    main()
