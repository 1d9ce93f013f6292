"""Data & training, as a person uses it."""

import io
import json
import os
import re
import signal
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cae.jobs import runs
from cae.study import steps
from cae.study.cluster_names import cluster_names
from cae.study.step import MAP_STEPS
from cae.study.study import Study
from tests.browser import driver
from tests.browser.conftest import App
from tests.conftest import digits_imageset

LONG = 120_000


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    # Without validation images nothing ends a long training early.
    images = digits_imageset(120).images[..., 0]
    np.savez(tmp_path / "few.npz", train_images=images[:90], test_images=images[90:])
    return tmp_path / "few.npz"


def home(app: App) -> Path:
    return app.study.path.parent


def open_training(page: Page, app: App) -> None:
    page.goto(f"{app.server}/training?study={app.study.path.name}")
    expect(page.get_by_role("button", name="New study")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)


def press(page: Page, name: str) -> None:
    with driver.run_of(page):
        page.get_by_role("button", name=name).click()


def fill(page: Page, label: str, value: str, role: str = "textbox") -> None:
    with driver.run_of(page):
        page.get_by_role(role, name=label).fill(value)
        page.keyboard.press("Tab")


def import_npz(page: Page, app: App, npz: Path, name: str) -> Study:
    open_training(page, app)
    page.get_by_role("tab", name="npz file").click()
    fill(page, "or its path on this computer", str(npz))
    fill(page, "Name of the study", name)
    press(page, "Import")
    expect(page.get_by_text("120 grey images of 28×28 pixels")).to_be_visible(timeout=LONG)
    return Study.open(home(app) / name.removesuffix("!"))


def test_a_parquet_file_of_images_becomes_a_study(page: Page, app: App, tmp_path: Path) -> None:
    def png(pixels: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    given = digits_imageset(40)
    table = pd.DataFrame({"image": [png(image) for image in given.images[..., 0]]})
    table.assign(label=given.table["label"]).to_parquet(tmp_path / "scans.parquet")
    open_training(page, app)
    page.get_by_role("tab", name="Parquet").click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="A Parquet file with")
    uploader.locator("input[type=file]").set_input_files(tmp_path / "scans.parquet")
    fill(page, "Name of the study", "packed")
    press(page, "Import")
    expect(page.get_by_text("40 grey images of 28×28 pixels")).to_be_visible(timeout=LONG)
    study = Study.open(home(app) / "packed")
    np.testing.assert_array_equal(study.images, given.images)
    assert study.samples["label"].tolist() == given.table["label"].tolist()
    assert list((home(app) / ".uploads").iterdir()) == []
    driver.expect_no_traceback(page)


def choose_epochs(page: Page, epochs: int) -> None:
    page.get_by_text("Settings", exact=True).click()
    fill(page, "Epochs", str(epochs), role="spinbutton")


def running_process(folder: Path) -> int:
    return json.loads((runs.status(folder).log.parent / "process.json").read_text())["pid"]


def test_a_training_survives_reload_cancel_and_kill(page: Page, app: App, npz: Path) -> None:
    study = import_npz(page, app, npz, "Long training!")
    assert study.name == "Long training!"
    try:
        choose_epochs(page, 50_000)
        press(page, "Start training")
        progress = page.get_by_text(re.compile(r"Train · epoch \d+ of 50000 · .* images/s"))
        expect(progress).to_be_visible(timeout=LONG)
        expect(page.get_by_text(re.compile(r"^Epoch \d+:"))).to_be_visible(timeout=LONG)

        page.reload()
        expect(progress).to_be_visible(timeout=LONG)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled. What is finished is kept.")).to_be_visible(timeout=LONG)
        assert runs.status(study.path).state == "cancelled"

        page.get_by_role("button", name="Resume").click()
        expect(progress).to_be_visible(timeout=LONG)
        os.kill(running_process(study.path), signal.SIGKILL)
        expect(page.get_by_text("Interrupted: the computer")).to_be_visible(timeout=LONG)
        driver.expect_no_traceback(page)
    finally:
        runs.cancel(study.path, patience=2.0)


def test_a_study_is_built_to_its_end_and_opened(page: Page, app: App, npz: Path) -> None:
    study = import_npz(page, app, npz, "A few digits")
    try:
        with driver.run_of(page):
            page.get_by_text("Contrastive with pseudo-classes").click()
        page.get_by_text("Settings", exact=True).click()
        fill(page, "Pseudo-classes", "4", role="spinbutton")
        # The field is left by pressing the button, and counts all the same.
        page.get_by_role("spinbutton", name="Epochs").fill("2")
        press(page, "Start training")
        expect(page.get_by_text("Complete: 120 images")).to_be_visible(timeout=2 * LONG)
    finally:
        runs.cancel(study.path, patience=2.0)
    study = Study.open(study.path)
    assert all(study.is_current(step) for step in MAP_STEPS)
    chosen = study.parameters("train")
    assert chosen["epochs"] == 2
    assert (chosen["method"], chosen["pseudo_classes"]) == ("pseudo-class", 4)
    press(page, "Open in Explore")
    driver.wait_for_map(page)
    expect(page.get_by_text("None of 120 selected")).to_be_visible(timeout=driver.PATIENCE)
    assert "study=A+few+digits" in page.url


@pytest.mark.slow
def test_a_pretrained_model_takes_the_place_of_a_training(page: Page, app: App, npz: Path) -> None:
    study = import_npz(page, app, npz, "borrowed")
    page.get_by_text("Use a pretrained model instead").click()
    expect(page.get_by_text("5,030 chest X-rays of children")).to_be_visible()
    press(page, "Use this model")
    expect(page.get_by_text("Complete: 120 images")).to_be_visible(timeout=2 * LONG)
    study = Study.open(study.path)
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.parameters("train")["preset"] == "chest"
    driver.expect_no_traceback(page)


def begin_again(page: Page, app: App) -> Locator:
    """Begin a training of the app's study anew that does not end soon; return its progress."""
    open_training(page, app)
    page.get_by_role("button", name=app.study.path.name).click()
    page.get_by_text("Train again", exact=True).click()
    choose_epochs(page, 50_000)
    press(page, "Start training")
    progress = page.get_by_text(re.compile(r"Train · epoch \d+ of 50000 · .* images/s"))
    expect(progress).to_be_visible(timeout=LONG)
    return progress


def results(study: Study) -> dict[str, bytes]:
    names = ("model/model.safetensors", "latents.npy", "projection.npy", "clusters.parquet")
    return {name: study.file(name).read_bytes() for name in names}


def test_a_training_again_that_is_cancelled_leaves_the_former_in_use(page: Page, app: App) -> None:
    before = results(app.study)
    try:
        progress = begin_again(page, app)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled. What is finished is kept.")).to_be_visible(timeout=LONG)
        expect(page.get_by_text("The former model is still in use")).to_be_visible()
        keep = page.get_by_role("button", name="Keep the former model")
        expect(keep).to_be_visible()
        assert results(Study.open(app.study.path)) == before
        driver.go_to_page(page, "Explore")
        driver.wait_for_map(page)
        expect(page.get_by_text("made from the former")).to_have_count(0)

        driver.go_to_page(page, "Data & training")
        press(page, "Resume")
        expect(progress).to_be_visible(timeout=LONG)
        page.get_by_role("button", name="Cancel").click()
        keep.click()
        expect(page.get_by_text(re.compile("Cancelled|still in use"))).to_have_count(0)
        expect(page.get_by_text("Complete: 360 images")).to_be_visible()
    finally:
        runs.cancel(app.study.path, patience=2.0)
    kept = Study.open(app.study.path)
    assert kept.cut_off == []
    assert results(kept) == before
    driver.expect_no_traceback(page)


@pytest.mark.slow
def test_a_training_from_the_shell_that_was_cut_off_is_resumed(page: Page, app: App) -> None:
    settings = steps.changed_settings(app.study, None, {"epochs": 2})

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.train(app.study, settings, stop)
    open_training(page, app)
    press(page, app.study.path.name)
    expect(page.get_by_text("The step “Train” was cut off")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Keep the former model")).to_be_visible()
    press(page, "Resume")
    expect(page.get_by_text("Complete: 360 images")).to_be_visible(timeout=2 * LONG)
    study = Study.open(app.study.path)
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.parameters("train")["epochs"] == 2


@pytest.mark.slow
def test_a_model_trained_alone_leaves_the_map_and_is_told_of(page: Page, app: App) -> None:
    before = np.array(app.study.projection)
    steps.train(app.study, steps.changed_settings(app.study, None, {"epochs": 1, "seed": 1}))
    told = page.get_by_text("Latents, map and clusters: made from the former model.")
    driver.open_app(page, app.address)
    expect(told).to_be_visible()
    for title in ("Interpolate", "Report"):
        driver.go_to_page(page, title)
        expect(told).to_be_visible(timeout=LONG)
    page.get_by_role("link", name="Renew on Data & training").click()
    page.get_by_role("button", name=app.study.path.name).click()
    press(page, "Bring up to date")
    expect(page.get_by_text("Complete: 360 images")).to_be_visible(timeout=2 * LONG)
    study = Study.open(app.study.path)
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert not np.array_equal(study.projection, before)
    driver.go_to_page(page, "Explore")
    driver.wait_for_map(page)
    expect(told).to_have_count(0)
    driver.expect_no_traceback(page)


def test_new_clusters_are_shown_in_a_session_that_is_open(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    entry = page.locator(".cae-map-legend").get_by_role("button", name=re.compile(r"^Cluster \d"))
    expect(entry).to_have_count(6)
    steps.cluster(app.study, k=2)
    driver.press_tool(page, "Select all")
    driver.wait_for_selection(page, 360)
    expect(entry).to_have_count(2)
    driver.expect_no_traceback(page)


def test_a_cluster_is_named_while_a_training_goes_on(page: Page, app: App) -> None:
    try:
        begin_again(page, app)
        driver.go_to_page(page, "Explore")
        driver.wait_for_map(page)
        page.get_by_role("button", name="Rename Cluster 1", exact=True).click()
        page.get_by_label("New name of Cluster 1").fill("Loops")
        page.keyboard.press("Enter")
        expect(page.locator(".cae-map-name").filter(has_text="Loops")).to_have_count(1)
        assert runs.status(app.study.path).is_active
        assert cluster_names(app.study) == {1: "Loops"}
    finally:
        runs.cancel(app.study.path, patience=2.0)
    driver.expect_no_traceback(page)


def packed_digits() -> bytes:
    """A zip of ten images, one file that only pretends to be one, and a table."""
    imageset, packed = digits_imageset(10), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for row, image in enumerate(imageset.images):
            buffer = io.BytesIO()
            Image.fromarray(image[..., 0]).save(buffer, "PNG")
            archive.writestr(f"scans/image{row}.png", buffer.getvalue())
        archive.writestr("scans/broken.png", b"no image at all")
        lines = [f"image{row}.png,{row % 2},{20 + row}" for row in range(10)]
        archive.writestr("scans/table.csv", "\n".join(["file,label,age", *lines]))
    return packed.getvalue()


def test_an_uploaded_folder_is_imported_with_its_problems(page: Page, app: App) -> None:
    open_training(page, app)
    upload = {"name": "scans.zip", "mimeType": "application/zip", "buffer": packed_digits()}
    page.locator("input[type=file]").first.set_input_files([upload])
    expect(page.get_by_role("button", name="Import")).to_be_enabled(timeout=driver.PATIENCE)
    press(page, "Import")
    expect(page.get_by_text(re.compile("^10 grey images"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("remarks? on files and rows"))).to_be_visible()
    study = Study.open(home(app) / "scans")
    assert study.problems["file"].str.contains("broken.png").all()
    assert study.samples["age"].sum() == sum(range(20, 30))
    assert study.manifest["source"] == "upload:folder:scans"
    assert list((home(app) / ".uploads").iterdir()) == []

    page.get_by_role("button", name="Discard this study").click()
    press(page, "Remove it")
    expect(page.get_by_role("heading", name="Bring images")).to_be_visible()
    assert not study.path.exists()
    assert runs.status(study.path) is None


def test_a_damaged_zip_gets_a_sentence_and_leaves_nothing(page: Page, app: App) -> None:
    open_training(page, app)
    upload = {"name": "cut.zip", "mimeType": "application/zip", "buffer": packed_digits()[:400]}
    page.locator("input[type=file]").first.set_input_files([upload])
    told = page.get_by_text("pack and upload it again")
    expect(told).to_have_text(re.compile(r"^cut\.zip is "), timeout=driver.PATIENCE)
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    assert sorted(path.name for path in home(app).rglob("*cut*")) == []
    assert list((home(app) / ".uploads").glob("*")) == []


def test_wrong_input_is_refused_in_a_sentence(page: Page, app: App, npz: Path) -> None:
    open_training(page, app)
    page.get_by_role("tab", name="Folder on this computer").click()
    fill(page, "Folder", "/no/such/folder")
    expect(page.get_by_text("There is no folder /no/such/folder")).to_be_visible()
    expect(page.get_by_role("button", name="Import")).to_be_disabled()

    page.get_by_role("tab", name="npz file").click()
    fill(page, "or its path on this computer", str(npz))
    taken = app.study.path.name
    fill(page, "Name of the study", taken)
    page.keyboard.press("Tab")
    told = page.get_by_text(f"There is a study named '{taken}' already")
    expect(told).to_be_visible()
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    expect(page.get_by_role("button", name="New study")).to_be_visible()
    fill(page, "Name of the study", "free")
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    expect(told).to_have_count(0)
    page.get_by_role("spinbutton", name="At most").fill("1")
    most = page.get_by_test_id("stNumberInput").filter(has_text="At most")
    said = most.evaluate("one => getComputedStyle(one, '::after').content")
    assert said == '"Out of bounds, not taken"'
    driver.expect_no_traceback(page)


def test_a_name_outlives_the_choice_of_other_images(page: Page, app: App, npz: Path) -> None:
    open_training(page, app)
    page.get_by_role("tab", name="npz file").click()
    fill(page, "Name of the study", "My name")
    fill(page, "or its path on this computer", str(npz))
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    expect(page.get_by_role("textbox", name="Name of the study")).to_have_value("My name")


def test_the_study_that_is_looked_at_is_so_after_a_reload(page: Page, app: App, npz: Path) -> None:
    import_npz(page, app, npz, "My set")
    page.reload()
    expect(page.get_by_role("heading", name="My set")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    press(page, "New study")
    page.reload()
    expect(page.get_by_role("heading", name="Bring images")).to_be_visible(timeout=driver.PATIENCE)
    for elsewhere in ("..", "..%2F..", ".", ".jobs", "%2Ftmp"):
        page.goto(f"{app.server}/training?training={elsewhere}")
        heading = page.get_by_role("heading", name="Bring images")
        expect(heading).to_be_visible(timeout=driver.PATIENCE)
        driver.expect_no_traceback(page)


def test_a_complete_study_is_renamed_and_deleted(page: Page, app: App) -> None:
    former, called = app.study.path, f"{app.study.path.name} renamed"
    count = len(app.study)
    open_training(page, app)
    press(page, former.name)
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_label("New name").fill(called)
    press(page, "Rename it")
    expect(page.get_by_role("button", name=re.compile(f"{called} · complete"))).to_be_visible()
    assert "renamed" in page.url
    assert not former.exists()
    assert len(Study.open(home(app) / called)) == count

    page.get_by_role("button", name="Delete", exact=True).click()
    delete = page.get_by_role("button", name="Delete this study")
    expect(delete).to_be_disabled()
    fill(page, f"Type {called} to delete it", called)
    press(page, "Delete this study")
    expect(page.get_by_role("button", name=re.compile(called))).to_have_count(0)
    assert not (home(app) / called).exists()
    driver.expect_no_traceback(page)


def test_a_failed_import_says_why_and_can_be_discarded(
    page: Page, app: App, tmp_path: Path
) -> None:
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    open_training(page, app)
    page.get_by_role("tab", name="npz file").click()
    fill(page, "or its path on this computer", str(tmp_path / "bad.npz"))
    press(page, "Import")
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("bad.npz.*")).first).to_be_visible()
    page.get_by_role("button", name="Discard this import").click()
    press(page, "Remove it")
    expect(page.get_by_role("heading", name="Bring images")).to_be_visible()
    driver.expect_no_traceback(page)


def test_every_flat_medmnist_set_is_offered(page: Page, app: App) -> None:
    open_training(page, app)
    page.get_by_role("tab", name="MedMNIST").click()
    expect(page.get_by_text("5,856 pediatric chest X-Ray images")).to_be_visible()
    driver.choose(page, "Set", "DermaMNIST · 10,015 images · colour")
    expect(page.get_by_text("Licence: CC BY-NC 4.0")).to_be_visible()
    for size in ("28", "64", "128", "224"):
        expect(page.get_by_role("radio", name=size, exact=True)).to_be_visible()
