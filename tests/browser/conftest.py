"""The real app on a free port, and a browser to look at it."""

import os
import shutil
import sys
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from cae.methods.contrastive import ContrastiveSettings
from cae.storage import write_array, write_table
from cae.study import steps
from cae.study.study import Study
from tests.conftest import digits_imageset
from tests.serving import free_port, serving

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[2]
# WebGL by software, so that the map is drawn alike on machines without a graphics card.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, so that they can be left out by ``-m "not browser"``."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


def chromium() -> str | None:
    """The Chromium in $CHROMIUM or in PATH, None if there is none.

    Its headless shell, which draws no window around the pages, takes a third less time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    names += ("google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@dataclass(frozen=True)
class App:
    """A running app and a study of its own for one test."""

    server: str
    study: Study
    log: Path

    @property
    def address(self) -> str:
        """The address that shows the study."""
        return self.link()

    def link(self, **values: str) -> str:
        """The address that shows the study with more of the app's state, such as ``image``."""
        return f"{self.server}/?{urllib.parse.urlencode({'study': self.study.path.name, **values})}"


def build_study(path: Path) -> Study:
    """360 digits with a briefly trained model, a PCA map and k-means clusters."""
    study = Study.create(path, digits_imageset(), source="digits", seed=0)
    settings = ContrastiveSettings(
        preset="digits",
        latent=16,
        width=8,
        epochs=12,
        batch=32,
        learning_rate=5e-3,
        teacher_weight=0,
    )
    steps.train(study, settings)
    steps.encode(study)
    with study.step("project", {"seed": 0}) as files:
        flat = PCA(2, random_state=0).fit_transform(np.asarray(study.latents))
        write_array(files.add("projection.npy"), flat.astype(np.float32))
    groups = KMeans(6, n_init=3, random_state=0).fit(np.asarray(study.projection))
    distance = groups.transform(np.asarray(study.projection)).min(axis=1)
    score = distance / distance.max()
    table = pd.DataFrame(
        {
            "cluster": np.where(score > 0.9, -1, groups.labels_).astype(np.int64),
            "probability": np.where(score > 0.9, 0.0, 1 - score),
            "outlier_score": score,
        }
    )
    with study.step("cluster", {"method": "kmeans", "k": 6}) as files:
        write_table(files.add("clusters.parquet"), table)
    return Study.open(path)


@pytest.fixture(scope="session")
def browser_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once; every app gets a copy."""
    if chromium() is None:
        pytest.skip("there is no Chromium in PATH or in $CHROMIUM")
    return build_study(tmp_path_factory.mktemp("studies") / "digits").path


@contextmanager
def running_app(home: Path, script: Path = ROOT / "app.py") -> Iterator[tuple[str, Path]]:
    """Run the app on the studies in `home`: its address, and a file with what it printed."""
    home.mkdir(parents=True, exist_ok=True)
    log, port = home / "app.log", free_port()
    options = {"port": port, "headless": "true", "address": "127.0.0.1"}
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    for name, value in options.items():
        command += [f"--server.{name}", str(value)]
    environment = {**os.environ, "CAE_HOME": str(home)}
    environment.pop("CAE_STUDY", None)
    with serving(command, port, ROOT, environment, log) as address:
        yield address, log


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    """One running app: its address, its folder of studies, and a file with what it printed."""
    home = tmp_path_factory.mktemp("home")
    with running_app(home) as (address, log):
        yield address, home, log


@pytest.fixture
def app(server: tuple[str, Path, Path], browser_study: Path) -> App:
    """The app with a study of its own, which the test may change."""
    address, home, log = server
    copy = home / f"digits-{uuid.uuid4().hex[:8]}"
    return App(address, Study.open(shutil.copytree(browser_study, copy)), log)


@pytest.fixture(scope="session")
def browser() -> Iterator["sync_api.Browser"]:
    """One Chromium for all tests."""
    found = chromium()
    if found is None:
        pytest.skip("there is no Chromium in PATH or in $CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def window(browser: "sync_api.Browser") -> Iterator["sync_api.BrowserContext"]:
    """What the pages of all tests have in common: the app's files once they are loaded."""
    context = browser.new_context(accept_downloads=True)
    context.add_init_script("localStorage.setItem('cae tour seen', 'yes')")
    yield context
    context.close()


@pytest.fixture
def page(window: "sync_api.BrowserContext", app: App) -> Iterator["sync_api.Page"]:
    """A fresh page of 1440×900 pixels; nothing it logs may be an uncaught error."""
    from tests.browser.runs import new_page  # without playwright there is none

    opened = new_page(window)
    opened.set_viewport_size({"width": 1440, "height": 900})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert errors == []
