"""Generating samples on Explore, as a person does."""

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cae.decoding.decoded_sample import cluster_members, decode_samples
from cae.evaluation.saved import measure
from cae.storage import read_json, write_json
from cae.study.cluster_names import name_cluster
from tests.browser import driver
from tests.browser.conftest import App


def open_panel(page: Page) -> Locator:
    with driver.run_of(page):
        page.get_by_text("Generate samples").click()
    panel = page.locator(".st-key-samples")
    expect(panel.get_by_role("button", name="Generate", exact=True)).to_be_visible(
        timeout=driver.PATIENCE
    )
    return panel


def generate(page: Page, panel: Locator, words: str) -> None:
    panel.get_by_role("button", name="Generate", exact=True).click()
    expect(panel.get_by_role("status").filter(has_text=words)).to_be_visible(
        timeout=2 * driver.PATIENCE
    )
    driver.wait_until_idle(page)


def fill(page: Page, panel: Locator, label: str, value: int) -> None:
    panel.get_by_label(label, exact=True).fill(str(value))
    panel.get_by_label(label, exact=True).press("Tab")


def shown(panel: Locator, frame: str = ".cae-synthetic") -> list[np.ndarray]:
    """The pictures in such frames of the panel, uint8 (H, W)."""
    pictures = panel.locator(f"{frame} img").all()
    sources = [picture.get_attribute("src").split(",", 1)[1] for picture in pictures]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))) for source in sources]


def downloaded(page: Page, panel: Locator, tmp_path: Path) -> tuple[str, dict[str, bytes]]:
    with page.expect_download(timeout=driver.PATIENCE) as waiting:
        panel.get_by_role("button", name="Samples (ZIP)").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        return file.name, {name: archive.read(name) for name in archive.namelist()}


def test_samples_of_a_cluster_are_shown_and_downloaded_as_synthetic(
    page: Page, app: App, tmp_path: Path
) -> None:
    driver.open_app(page, app.address)
    panel = open_panel(page)
    members = cluster_members(app.study, 2)
    driver.choose(page, "Like the images of", f"Cluster 2 ({len(members)} images)")
    fill(page, panel, "Samples", 5)
    fill(page, panel, "Seed", 3)
    generate(page, panel, f"5 samples like cluster 2 ({len(members)} images), seed 3")

    like = {"kind": "cluster", "cluster": 2}
    expected = decode_samples(app.study, members, like, 5, seed=3)
    frames = panel.locator(".cae-synthetic")
    expect(frames).to_have_count(5)
    assert frames.first.evaluate("f => getComputedStyle(f, '::after').content") == '"synthetic"'
    assert panel.locator("img").first.get_attribute("alt").startswith("Synthetic image: 1 ·")
    assert np.array_equal(shown(panel), expected.images[..., 0])
    table = app.study.samples
    for pair, row in zip(panel.locator(".cae-pair").all(), expected.nearest_rows, strict=True):
        near = pair.locator(".cae-original img")
        words = f"nearest: {table['id'].iloc[row]} · {table['split'].iloc[row]}"
        assert near.get_attribute("alt") == f"Original image: {words}"
        assert np.array_equal(shown(pair, ".cae-original"), app.study.images[[row], ..., 0])
    expect(panel.get_by_text("is tested on the page Report")).to_be_visible()

    name, files = downloaded(page, panel, tmp_path)
    assert name == "synthetic-like-cluster-2-seed-3.zip"
    lines = files["checksums.sha256"].decode().splitlines()
    assert len(lines) == len(files) - 1
    for line in lines:
        digest, file = line.split("  ", 1)
        assert hashlib.sha256(files[file]).hexdigest() == digest
    pictures = [file for file in files if file.endswith(".png")]
    assert len(pictures) == 5
    for file in pictures:
        assert "synthetic" in file
        opened = Image.open(io.BytesIO(files[file]))
        assert "Synthetic" in opened.text
        assert (np.asarray(opened)[-1, 0] == [255, 191, 0]).all()
    assert np.array_equal(np.load(io.BytesIO(files["synthetic-latents.npy"])), expected.latents)
    told = json.loads(files["provenance.json"])
    assert told["samples"]["like"] == like
    assert told["samples"]["images_in_group"] == len(members)
    table = list(csv.DictReader(io.StringIO(files["synthetic-samples.csv"].decode())))
    assert [int(line["nearest_row"]) for line in table] == expected.nearest_rows.tolist()
    driver.expect_no_traceback(page)


def test_samples_like_the_selection_stay_while_other_things_change(
    page: Page, app: App, tmp_path: Path
) -> None:
    driver.open_app(page, app.address)
    count = int((app.study.clusters["cluster"] == 1).sum())
    page.locator(".cae-map-category").filter(has_text="Cluster 1").click()
    driver.wait_for_selection(page, count)
    panel = open_panel(page)
    chosen = panel.get_by_label("Like the images of")
    expect(chosen).to_have_value("The selection")
    generate(page, panel, f"12 samples like the selection “Cluster 1” ({count} images), seed 0")
    before = shown(panel)
    assert len(before) == 12

    driver.colour_by(page, "Label")
    expect(panel.locator(".cae-synthetic")).to_have_count(12)
    driver.press_tool(page, "Clear")
    driver.wait_for_selection(page, 0)
    expect(panel.locator(".cae-synthetic")).to_have_count(12)
    driver.go_to_page(page, "Cohorts")
    driver.go_to_page(page, "Explore")
    driver.wait_for_map(page)
    expect(panel.locator(".cae-synthetic")).to_have_count(12, timeout=driver.PATIENCE)
    assert np.array_equal(shown(panel), before)
    panel.get_by_text("Generate samples").click()
    expect(panel.locator(".cae-synthetic")).to_have_count(0)
    open_panel(page)
    expect(panel.locator(".cae-synthetic")).to_have_count(12)

    name, files = downloaded(page, panel, tmp_path)
    assert name == f"synthetic-like-selection-of-{count}-seed-0.zip"
    like = json.loads(files["provenance.json"])["samples"]["like"]
    assert like["kind"] == "selection"
    assert [event["value"] for event in like["history"]] == ["Cluster 1"]


def test_what_the_report_found_of_copies_stands_beside_samples(page: Page, app: App) -> None:
    measure(app.study)
    file = app.study.path / "report.json"
    for z, p, words, said in (
        (-4.2, 1e-5, "lie nearer to", "(z −4.2)"),
        (0.3, 0.6, "lie no nearer to", "(z 0.3)"),
    ):
        report = read_json(file)
        report["figures"]["figures"] |= {"copying_z": z, "copying_p": p}
        write_json(file, report)
        driver.open_app(page, app.address)
        panel = open_panel(page)
        generate(page, panel, "12 samples like cluster 0")
        expect(panel.get_by_text(words)).to_contain_text(said)


def test_a_group_of_one_is_refused_in_a_sentence(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    place = driver.to_screen(page, app.study.projection[20])
    driver.press_tool(page, "Move")
    page.mouse.click(*place)
    page.get_by_role("button", name="Back", exact=True).click()
    driver.wait_until_idle(page)
    driver.wait_for_selection(page, 1)
    panel = open_panel(page)
    panel.get_by_role("button", name="Generate", exact=True).click()
    expect(panel.get_by_text("samples need two or more")).to_be_visible(timeout=driver.PATIENCE)
    driver.expect_no_traceback(page)


def test_a_damaged_model_is_told_in_a_sentence(page: Page, app: App) -> None:
    app.study.file("model/model.safetensors").write_bytes(b"nothing of use")
    driver.open_app(page, app.address)
    panel = open_panel(page)
    panel.get_by_role("button", name="Generate", exact=True).click()
    expect(panel.get_by_text("model.safetensors is damaged")).to_be_visible(
        timeout=2 * driver.PATIENCE
    )
    expect(page.locator(driver.MAP)).to_be_visible()
    driver.expect_no_traceback(page)


def test_it_fits_a_narrow_window(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    driver.open_app(page, app.address)
    panel = open_panel(page)
    generate(page, panel, "12 samples like cluster 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_a_group_under_another_name_is_not_taken_for_another_group(page: Page, app: App) -> None:
    driver.open_app(page, app.address)
    panel = open_panel(page)
    count = len(cluster_members(app.study, 2))
    driver.choose(page, "Like the images of", f"Cluster 2 ({count} images)")
    name_cluster(app.study, 2, "Loops")
    driver.colour_by(page, "Label")
    expect(panel.get_by_label("Like the images of")).to_have_value(re.compile(r"^Cluster 0 "))
    driver.choose(page, "Like the images of", f"Loops ({count} images)")
    generate(page, panel, f"12 samples like Loops ({count} images), seed 0")
