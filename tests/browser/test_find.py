"""The tab Find on Explore, as a person uses it."""

import base64
import io
import json
import re
import urllib.parse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from scipy.spatial.distance import cdist

from cae.latent.label_errors import find_label_errors, voting_patients
from cae.latent.neighbour_graph import GRAPH_NEIGHBOURS
from cae.storage import write_array, write_table
from cae.study.label_corrections import correct_labels
from cae.study.neighbours import neighbours_of_all
from cae.study.study import Study
from cae.who import this_user
from tests.browser import driver
from tests.browser.conftest import App

RESULTS = re.compile(r"^Select these [\d,]+ images?$")


def distances(study: Study) -> np.ndarray:
    latents = np.asarray(study.latents)
    return cdist(latents, latents, "cosine")


def find(page: Page, title: str) -> None:
    """Choose what to find and wait for the images."""
    page.get_by_role("tab", name="Find").click()
    driver.choose(page, "What to find", title)


def selected_rows(page: Page, app: App) -> list[int]:
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(page.url).query))
    return app.study.cohorts.recall(query["selection"]).rows.tolist()


def expect_gallery(page: Page, rows: list[int]) -> None:
    """Wait until the first page of the gallery shows `rows`."""
    page.wait_for_function(
        """rows => {
          const tiles = document.querySelectorAll('.cae-gallery button[data-row]');
          return [...tiles].map(tile => tile.dataset.row).join() === rows;
        }""",
        arg=",".join(map(str, rows[:12])),
        timeout=driver.PATIENCE,
    )
    driver.wait_until_idle(page)


def select_results(page: Page, count: int) -> None:
    page.get_by_role("button", name=RESULTS).click()
    driver.wait_for_selection(page, count)


def test_images_like_the_selected_ones(page: Page, app: App) -> None:
    clusters = app.study.clusters["cluster"].to_numpy()
    rows = np.flatnonzero(clusters == 1)
    driver.open_app(page, app.address)
    page.locator(".cae-map-category").filter(has_text="Cluster 1").click()
    driver.wait_for_selection(page, len(rows))
    find(page, "Images like the selected ones")
    latents = np.asarray(app.study.latents)
    unit = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    to_centre = cdist(latents, unit[rows].mean(axis=0)[None], "cosine")[:, 0]
    others = np.flatnonzero(clusters != 1)
    expect_gallery(page, others[np.argsort(to_centre[others], kind="stable")].tolist())

    page.get_by_role("radio", name="Any of them").click()
    to_any = distances(app.study)[:, rows].min(axis=1)
    expected = others[np.argsort(to_any[others], kind="stable")].tolist()
    expect_gallery(page, expected)
    select_results(page, 24)
    assert selected_rows(page, app) == sorted(expected[:24])
    driver.expect_no_traceback(page)


def own_picture(study: Study) -> tuple[bytes, int]:
    """A picture of another size than the study's images, and the row nearest to its latent."""
    picture = Image.fromarray(np.asarray(study.images[42, ..., 0])).resize((84, 84))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    fitted = np.asarray(picture.resize((28, 28), Image.Resampling.LANCZOS))[None, ..., None]
    found = cdist(study.model.encode(fitted), np.asarray(study.latents), "cosine")[0]
    return buffer.getvalue(), int(found.argmin())


@pytest.mark.parametrize("way", ["chosen", "pasted"])
def test_images_like_one_of_ones_own(page: Page, app: App, tmp_path: Path, way: str) -> None:
    contents, nearest = own_picture(app.study)
    before = sorted(str(file) for file in app.study.path.parent.rglob("*"))
    driver.open_app(page, app.link(find="own"))
    expect(page.get_by_text("Nothing of it is stored")).to_be_visible(timeout=driver.PATIENCE)
    if way == "chosen":
        (tmp_path / "mine.png").write_bytes(contents)
        page.get_by_label("Choose an image file").set_input_files(tmp_path / "mine.png")
    else:
        page.evaluate(
            """packed => {
              const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
              const clipboardData = new DataTransfer();
              clipboardData.items.add(new File([bytes], "mine.png", { type: "image/png" }));
              document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
            }""",
            base64.b64encode(contents).decode(),
        )
    expect(page.get_by_alt_text("Image: mine.png, as the model takes it")).to_be_visible(
        timeout=driver.PATIENCE
    )
    expect(page.get_by_alt_text("Synthetic image: reconstruction")).to_be_visible()
    driver.wait_until_idle(page)
    assert driver.gallery_rows(page)[0] == nearest
    expect(page.locator(".cae-map-anchor-label")).to_have_text("★")
    after = sorted(str(file) for file in app.study.path.parent.rglob("*"))
    assert after == before

    page.get_by_role("button", name="Forget it").click()
    expect(page.locator(".cae-map-anchor-label")).to_have_count(0)
    driver.expect_no_traceback(page)


def test_an_image_of_another_kind_is_warned_of(page: Page, app: App, tmp_path: Path) -> None:
    # All images of the study lie together, the other one across from them, whatever was learnt.
    stranger = 255 - np.asarray(app.study.images[3])
    (encoded,) = app.study.model.encode(stranger[None])
    scatter = np.random.default_rng(0).normal(0, 0.05, app.study.latents.shape)
    latents = (scatter - encoded / np.linalg.norm(encoded)).astype(np.float32)
    write_array(app.study.file("latents.npy"), latents)
    nearest = cdist(encoded[None], latents, "cosine").min()
    Image.fromarray(stranger[..., 0]).save(tmp_path / "strange.png")
    driver.open_app(page, app.link(find="own"))
    page.get_by_label("Choose an image file").set_input_files(tmp_path / "strange.png")
    expect(page.get_by_text(f"Its nearest image is at {nearest:.3f}")).to_be_visible(
        timeout=driver.PATIENCE
    )


def test_a_file_that_is_no_image_is_told_in_a_sentence(
    page: Page, app: App, tmp_path: Path
) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    driver.open_app(page, app.link(find="own"))
    page.get_by_label("Choose an image file").set_input_files(tmp_path / "notes.png")
    expect(page.get_by_text("notes.png cannot be used: it is damaged")).to_be_visible(
        timeout=driver.PATIENCE
    )
    driver.expect_no_traceback(page)


def test_outliers_are_ranked_among_those_in_scope(page: Page, app: App) -> None:
    driver.open_app(
        page, app.link(find="outliers", filters=json.dumps({"label": {"values": ["1", "8"]}}))
    )
    pairwise = np.sort(distances(app.study), axis=1)
    scores = pairwise[:, 1:16].mean(axis=1)
    in_scope = np.flatnonzero(app.study.samples["label"].isin(["1", "8"]))
    expected = in_scope[np.argsort(-scores[in_scope], kind="stable")].tolist()
    expect_gallery(page, expected)

    driver.choose(page, "Ranked by", "Reconstruction error")
    images = np.asarray(app.study.images).astype(float)
    decoded = app.study.model.decode(np.asarray(app.study.latents)).astype(float)
    errors = np.abs(images - decoded).mean(axis=(1, 2, 3))
    worst = in_scope[np.argsort(-errors[in_scope], kind="stable")].tolist()
    assert worst[0] != expected[0]
    expect_gallery(page, worst)
    select_results(page, 24)
    assert selected_rows(page, app) == sorted(worst[:24])
    expect(page.get_by_text("Outliers", exact=True).last).to_be_visible()


def test_near_duplicates_look_alike_and_leaks_are_told(page: Page, app: App) -> None:
    driver.open_app(page, app.link(find="duplicates"))
    button = page.get_by_role("button", name=RESULTS)
    expect(button).to_be_visible(timeout=driver.PATIENCE)
    count = int(re.search(r"\d+", button.inner_text()).group())
    rows = driver.all_gallery_rows(page)
    assert len(rows) == len(set(rows)) == count
    pixels = np.asarray(app.study.images).reshape(360, -1)
    alike = np.corrcoef(pixels) - np.eye(360)
    assert (alike[rows][:, rows].max(axis=1) >= 0.98).all()
    # Whatever is as alike as this is near in the latent space too, with a few exceptions.
    assert count >= 0.5 * (alike.max(axis=1) >= 0.98).sum()
    select_results(page, count)
    assert selected_rows(page, app) == sorted(rows)

    page.get_by_text("Only groups in more than one split").click()
    driver.wait_until_idle(page)
    split = app.study.samples["split"].to_numpy()
    leaking = driver.all_gallery_rows(page)
    assert set(leaking) <= set(rows)
    assert len(set(split[leaking])) > 1


def test_each_group_of_near_duplicates_stands_under_a_heading(page: Page, app: App) -> None:
    images, latents = np.array(app.study.images), np.array(app.study.latents)
    for first, copies in ((99, [100, 105]), (199, [210]), (300, [301, 302, 311])):
        images[copies] = images[first] // 2
        latents[copies] = latents[first]
    write_array(app.study.file("images.npy"), images)
    write_array(app.study.file("latents.npy"), latents)
    driver.open_app(page, app.link(find="duplicates"))
    headings = page.locator(".cae-gallery").get_by_role("heading")
    expect(headings.first).to_have_text(re.compile(r"^Group 1: \d+ images in "))
    driver.wait_until_idle(page)
    shown = page.locator(".cae-gallery").evaluate(
        """list => [...list.querySelectorAll(".cae-gallery-heading, button[data-row]")]
          .map((one) => one.dataset.row ?? one.textContent)"""
    )
    split = app.study.samples["split"].to_numpy()
    pixels = images.reshape(360, -1)
    groups: list[tuple[str, list[int]]] = []
    for one in shown:
        if one.isdecimal():
            groups[-1][1].append(int(one))
        else:
            groups.append((one, []))
    assert len(groups) > 2
    # The last one may go on on the next page.
    for number, (words, rows) in enumerate(groups[:-1], start=1):
        splits = " and ".join(dict.fromkeys(split[rows]))
        assert words == f"Group {number}: {len(rows)} images in {splits}"
        alike = np.corrcoef(pixels[rows]) - np.eye(len(rows))
        assert (alike.max(axis=1) >= 0.98).all()


def mislabel(study: Study) -> None:
    """Give every fifteenth image of a study another label."""
    samples = study.samples.copy()
    wrong = np.arange(0, len(samples), 15)
    others = (samples["label"].iloc[wrong].astype(int) + 5) % 10
    samples.loc[wrong, "label"] = others.astype(str).to_numpy()
    write_table(study.path / "samples.parquet", samples)


def test_a_wrong_label_is_suspected(page: Page, app: App) -> None:
    mislabel(app.study)
    app = replace(app, study=Study.open(app.study.path))
    driver.open_app(page, app.address)
    find(page, "Label errors")
    expect(page.get_by_text("right labels are among them")).to_be_visible(timeout=driver.PATIENCE)
    expect(page.locator(".cae-gallery button[data-row]")).to_have_count(12)
    driver.wait_until_idle(page)
    row = driver.gallery_rows(page)[0]
    labels = app.study.samples["label"].to_numpy()
    patients = app.study.samples["patient"].to_numpy()
    near = np.argsort(distances(app.study)[row], kind="stable")[1:16]
    votes = labels[near[patients[near] != patients[row]]]
    tile = page.locator(".cae-gallery small").first.inner_text()
    said, share, suggested = re.match(
        r"(\w+), but (\d+) % of its neighbours are (\w+)", tile
    ).groups()
    assert said == labels[row] != suggested
    assert int(share) == round(100 * np.mean(votes == suggested))

    second = driver.gallery_rows(page)[1]
    page.locator(".cae-gallery button[data-row]").first.press("Enter")
    expect(page.locator(".cae-count")).to_have_text(app.study.samples["id"].iloc[row])
    driver.wait_until_idle(page)
    page.get_by_role("button", name="Next image of the list").click()
    expect(page.locator(".cae-count")).to_have_text(app.study.samples["id"].iloc[second])
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_text("right labels are among them")).to_be_visible(timeout=driver.PATIENCE)
    page.reload()
    expect(page.get_by_text("right labels are among them")).to_be_visible(timeout=driver.PATIENCE)
    page.get_by_role("tab", name="Selection").click()
    expect(page.get_by_text("A sample of the images on the map")).to_be_visible(
        timeout=driver.PATIENCE
    )
    driver.expect_no_traceback(page)


def test_all_suggestions_are_accepted_at_once_and_undone(page: Page, app: App) -> None:
    mislabel(app.study)
    study = Study.open(app.study.path)
    table, graph = study.table, neighbours_of_all(study, GRAPH_NEIGHBOURS)
    found = find_label_errors(table["label"], graph, voting_patients(table))
    assert len(found) > 3
    by_hand = int(found["row"].iloc[0])
    correct_labels(study, [by_hand], "seen", "anna")
    before, pending = study.full_table, found.iloc[1:]
    driver.open_app(page, app.address)
    find(page, "Label errors")
    page.get_by_role("button", name=f"Accept suggestions ({len(pending)})").click()
    dialog = page.get_by_role("dialog")
    lines = dialog.get_by_role("table", name="What changes").get_by_role("row")
    expect(lines).to_have_count(len(pending[["label", "suggested"]].drop_duplicates()))
    expect(dialog.get_by_text("Left as they are: 1 image")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert study.full_table.equals(before)

    page.get_by_role("button", name=f"Accept suggestions ({len(pending)})").click()
    dialog.get_by_role("button", name=f"Accept {len(pending)} images").click()
    expect(page.get_by_text(f"what neighbours suggest, to {len(pending)} images")).to_be_visible()
    expect(page.get_by_role("button", name="Accept suggestions (0)")).to_be_disabled()
    known = study.full_table
    wanted = before["corrected_label"].copy()
    wanted[pending["row"]] = pending["suggested"].astype(str).to_numpy()
    assert known["corrected_label"].tolist() == wanted.tolist()
    assert (known["corrected_how"] == "suggested by neighbours").sum() == len(pending)
    assert set(known["corrected_by"][pending["row"]]) == {this_user()}
    driver.wait_until_idle(page)
    page.locator(".st-key-suggestions-undo button").click()
    expect(page.get_by_text("“seen” to 1 image")).to_be_visible()
    assert study.full_table.equals(before)
    driver.expect_no_traceback(page)


def test_what_to_do_is_said_where_nothing_can_be_found(page: Page, app: App) -> None:
    driver.open_app(page, app.link(find="similar"))
    expect(page.get_by_text("Select images on the map; what is most similar")).to_be_visible(
        timeout=driver.PATIENCE
    )
