"""Latents from elsewhere, as a person brings them."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cae.study.brought import Brought, bring_latents
from cae.study.step import STEPS
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App

LONG = 240_000


@pytest.fixture
def vectors(app: App, tmp_path: Path) -> Path:
    """A file with a vector for each image of the app's study."""
    pixels = app.study.images.reshape(len(app.study), -1)[:, ::9].astype(np.float32)
    np.save(tmp_path / "vectors.npy", pixels + np.arange(pixels.shape[1]))
    return tmp_path / "vectors.npy"


def test_vectors_take_the_place_of_latents(page: Page, app: App, vectors: Path) -> None:
    study = app.study
    page.goto(f"{app.server}/training?study={study.path.name}")
    page.get_by_role("button", name=study.path.name).click()
    driver.wait_until_idle(page)
    page.get_by_text("Latents from elsewhere", exact=True).click()
    path = page.get_by_role("textbox", name="or its path on this computer")
    path.fill(str(vectors.with_name("none.npy")))
    path.press("Tab")
    expect(page.get_by_text("There is no file")).to_be_visible(timeout=driver.PATIENCE)
    path.fill(str(vectors))
    path.press("Tab")
    page.get_by_role("button", name="Take these latents").click(timeout=driver.PATIENCE)
    expect(page.get_by_text("The latents came from elsewhere: 88 numbers")).to_be_visible(
        timeout=LONG
    )
    assert Study.open(study.path).brought is not None
    page.goto(f"{app.server}/interpolate?study={study.path.name}")
    expect(page.get_by_role("link", name="Train a decoder on Data & training")).to_be_visible()


@pytest.mark.slow
def test_a_decoder_makes_images_of_them(page: Page, app: App, vectors: Path) -> None:
    study = app.study
    bring_latents(study, Brought(vectors))
    for step in ("project", "cluster"):
        STEPS[step].run(study)
    page.goto(f"{app.server}/interpolate?study={study.path.name}")
    page.get_by_role("link", name="Train a decoder on Data & training").click()
    page.get_by_role("button", name=study.path.name).click()
    driver.wait_until_idle(page)
    page.get_by_text("Train again", exact=True).click()
    expect(page.get_by_role("radio", name="Decoder")).to_be_checked(timeout=LONG)
    page.get_by_text("Settings", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("1")
    epochs.press("Tab")
    page.get_by_role("button", name="Start training").click(timeout=driver.PATIENCE)
    expect(page.get_by_text("Nothing turns them into images yet")).to_have_count(0, timeout=LONG)
    expect(page.get_by_text("Complete: 360 images")).to_be_visible(timeout=LONG)

    page.goto(f"{app.server}/interpolate?study={study.path.name}&a=0&b=50")
    step = page.get_by_role("img", name="Synthetic image: Step 5 of 9", exact=True)
    expect(step).to_be_visible(timeout=LONG)
    assert Study.open(study.path).can_decode
