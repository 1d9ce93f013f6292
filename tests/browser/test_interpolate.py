"""Interpolate, as a person uses it."""

import base64
import io
import json
import math
import re
import urllib.parse
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cae.cohorts.selection import Selection
from cae.decoding.decoded_path import Average, walk, walk_averages, walk_direction, walk_grid
from cae.decoding.difference import difference_picture
from cae.decoding.direction_store import saved_directions
from cae.decoding.lens import decode_lens
from cae.decoding.morph import walk_morph
from cae.decoding.plane import decode_plane
from cae.latent.direction import principal_directions
from cae.latent.neighbours import nearest
from cae.latent.path import geodesic_path
from cae.storage import write_json
from tests.browser import driver
from tests.browser.conftest import App

STEPS = ".cae-film button"
ENDS = ".cae-film .cae-original"
# Milliseconds of the page's clock, in which the film goes on by two.
_SEVERAL_FRAMES = 700


def open_page(page: Page, app: App, **values: str) -> None:
    """Open the page and wait for map and film."""
    query = urllib.parse.urlencode({"study": app.study.path.name, **values})
    page.goto(f"{app.server}/interpolate?{query}")
    wait_for_film(page, int(values.get("steps", 9)))


def wait_for_film(page: Page, steps: int) -> None:
    expect(page.locator(STEPS)).to_have_count(steps, timeout=2 * driver.PATIENCE)
    driver.wait_for_map(page)


def pixels(image: Locator) -> np.ndarray:
    """The grey values of an image on the page, (H, W, 1)."""
    source = image.get_attribute("src")
    assert source.startswith("data:image/png;base64,")
    opened = Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))
    return np.asarray(opened)[..., None]


def frames(page: Page) -> np.ndarray:
    return np.stack([pixels(image) for image in page.locator(f"{STEPS} img").all()])


def originals(page: Page) -> list[np.ndarray]:
    return [pixels(image) for image in page.locator(f"{ENDS} img").all()]


def lonely_rows(app: App) -> list[int]:
    """Two rows far from each other that no other point hides, away from the map's corner."""
    xy = np.asarray(app.study.projection, dtype=float)
    away = np.sort(np.linalg.norm(xy[:, None] - xy[None], axis=-1), axis=1)[:, 1]
    left = xy[:, 0] < np.median(xy[:, 0])
    below = xy[:, 1] < np.median(xy[:, 1])
    return [int(np.argmax(np.where(side & below, away, 0))) for side in (left, ~left)]


def click_on_map(page: Page, app: App, row: int) -> None:
    page.mouse.click(*driver.to_screen(page, app.study.projection[row]))


def address_values(page: Page) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlparse(page.url).query))


def expect_anchors(page: Page, app: App, first: int, second: int) -> None:
    """Wait until the page shows two rows as A and B, and the film between them."""
    for letter, row in (("A", first), ("B", second)):
        name = app.study.samples["id"].iloc[row]
        expect(page.get_by_alt_text(f"Anchor {letter}: image {name}")).to_be_visible(
            timeout=driver.PATIENCE
        )
    driver.wait_until_idle(page)
    wanted = app.study.images[[first, second]]
    driver.wait_for(page, lambda: np.array_equal(originals(page), wanted))


def show_step(page: Page, number: int) -> None:
    page.locator(STEPS).nth(number - 1).click()
    expect(page.locator(".cae-viewer-step")).to_have_text(re.compile(f"^Step {number} of"))


def test_the_page_starts_with_typical_images_of_the_largest_clusters(page: Page, app: App) -> None:
    open_page(page, app)
    values = address_values(page)
    first, second = int(values["a"]), int(values["b"])
    clusters = app.study.clusters["cluster"]
    largest = clusters[clusters >= 0].value_counts()
    assert len(app.study.samples) == 360
    assert largest[clusters[first]] == largest.iloc[0]
    assert largest[clusters[second]] == largest.iloc[1]
    assert clusters[first] != clusters[second]
    expect_anchors(page, app, first, second)
    driver.expect_no_traceback(page)


def test_two_images_picked_on_the_map_are_joined_by_decoded_frames(page: Page, app: App) -> None:
    open_page(page, app)
    first, second = lonely_rows(app)
    click_on_map(page, app, first)
    expect(page.get_by_text("Click an image: it becomes B")).to_be_visible()
    click_on_map(page, app, second)
    expect_anchors(page, app, first, second)

    slider = page.get_by_role("slider", name="Steps")
    slider.focus()
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    wait_for_film(page, 7)
    driver.wait_until_idle(page)
    ends = np.asarray(app.study.latents[[first, second]])
    expected = app.study.model.decode(geodesic_path(ends, 7, app.study.latent_space))
    shown = frames(page)
    assert np.abs(shown.astype(int) - expected.astype(int)).max() <= 1
    for before, after in zip(shown, shown[1:], strict=False):
        assert not np.array_equal(before, after)
    assert np.abs(shown[0].astype(int) - shown[-1].astype(int)).mean() > 8
    assert all(text == "synthetic" for text in mark_of(page, f"{STEPS} span"))
    assert mark_of(page, ENDS) == ["original", "original"]
    expect_anchors(page, app, first, second)

    page.reload()
    wait_for_film(page, 7)
    expect_anchors(page, app, first, second)
    assert np.array_equal(frames(page), shown)
    driver.expect_no_traceback(page)


def mark_of(page: Page, where: str) -> list[str]:
    """What is written under the images, which is part of their frame."""
    script = "all => all.map(e => getComputedStyle(e, '::after').content.replaceAll('\"', ''))"
    return page.locator(where).evaluate_all(script)


def test_a_step_is_shown_beside_the_nearest_real_image(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200", steps="5")
    latents = np.asarray(app.study.latents, dtype=float)
    unit = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    way = geodesic_path(latents[[3, 200]], 5, app.study.latent_space)
    for number, step in enumerate(way, start=1):
        distances = 1 - unit @ (step / np.linalg.norm(step))
        row = int(distances.argmin())
        show_step(page, number)
        near = page.locator(".cae-viewer-near")
        expect(near).to_contain_text(app.study.samples["id"].iloc[row])
        words = page.locator(".cae-viewer-distance").inner_text()
        assert abs(float(words.removeprefix("Cosine distance ")) - distances[row]) < 6e-4
        assert np.array_equal(pixels(page.locator(".cae-viewer-nearest")), app.study.images[row])
        assert np.array_equal(pixels(page.locator(".cae-viewer-frame")), frames(page)[number - 1])
    expect(page.get_by_text("Decoded from B itself")).to_be_visible()


def test_the_scrubber_and_play_move_strip_and_map(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    spot = page.locator(".cae-map-frame")
    before = spot.get_attribute("cx"), spot.get_attribute("cy")
    page.get_by_role("slider", name="Step shown").press("Home")
    expect(page.locator(".cae-viewer-step")).to_have_text("Step 1 of 9")
    expect(page.locator(STEPS).first).to_have_attribute("aria-pressed", "true")
    x, y = driver.to_screen(page, app.study.projection[3])
    driver.wait_for(page, lambda: (spot.get_attribute("cx"), spot.get_attribute("cy")) != before)
    box = spot.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - x) < 2
    assert abs(box["y"] + box["height"] / 2 - y) < 2

    page.clock.install()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(_SEVERAL_FRAMES)
    expect(page.locator(".cae-viewer-step")).not_to_have_text("Step 1 of 9")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "false")
    stopped = page.locator(".cae-viewer-step").inner_text()
    page.clock.run_for(_SEVERAL_FRAMES)
    assert page.locator(".cae-viewer-step").inner_text() == stopped


def test_swap_another_way_and_find_by_id(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    straight = frames(page)
    page.get_by_role("button", name="Walk the other way round").click()
    expect_anchors(page, app, 200, 3)
    assert np.abs(frames(page)[::-1].astype(int) - straight.astype(int)).max() <= 1

    page.get_by_text("Neighbours", exact=True).click()
    expect(page.get_by_text("from real image to real image")).to_be_visible()
    driver.wait_until_idle(page)
    assert address_values(page)["path"] == "neighbours"

    page.get_by_role("button", name="Change B").click()
    expect(page.get_by_text("Typical of the largest clusters")).to_be_visible()
    page.get_by_label("Find an image for B").fill("T-0077")
    page.get_by_label("Find an image for B").press("Enter")
    expect(page.locator(".cae-gallery button[data-row]")).to_have_count(1)
    page.locator(".cae-gallery button[data-row='77']").click()
    expect_anchors(page, app, 200, 77)
    expect(page.get_by_label("Find an image for B")).to_have_count(0)
    driver.expect_no_traceback(page)


def test_anchors_chosen_on_explore_are_used(page: Page, app: App) -> None:
    driver.open_app(page, app.link(image="7", b="90"))
    page.get_by_role("button", name="Use as anchor A").click()
    expect(page.get_by_role("button", name="Is anchor A")).to_be_disabled()
    driver.go_to_page(page, "Interpolate")
    wait_for_film(page, 9)
    expect_anchors(page, app, 7, 90)


def test_a_pressed_cluster_gives_its_typical_image(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    page.locator(".cae-map-category").filter(has_text="Cluster 2").click()
    expect(page.get_by_text("Click an image: it becomes B")).to_be_visible()
    driver.wait_until_idle(page)
    row = int(address_values(page)["a"])
    assert app.study.clusters["cluster"].iloc[row] == 2
    expect_anchors(page, app, row, 200)


def test_downloads_say_that_they_are_synthetic(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200", steps="4")
    shown = frames(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="GIF").click()
    assert waiting.value.suggested_filename == "synthetic-path-digit-0003-digit-0200.gif"
    gif = Image.open(waiting.value.path())
    assert gif.n_frames == 4
    assert "Synthetic" in json.loads(gif.info["comment"])

    with page.expect_download() as waiting:
        page.get_by_role("button", name="ZIP").click()
    assert waiting.value.suggested_filename == "synthetic-path-digit-0003-digit-0200.zip"
    with zipfile.ZipFile(waiting.value.path()) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for number in range(1, 5):
        png = Image.open(io.BytesIO(files[f"frames/synthetic-0{number}-of-04.png"]))
        assert "Synthetic" in png.text
        enlarged = np.asarray(png)
        scale = enlarged.shape[1] // 28
        small = enlarged[: 28 * scale : scale, ::scale, :1]
        assert np.array_equal(small, shown[number - 1])
        assert (enlarged[-1, 0] == [255, 191, 0]).all()
    facts = json.loads(files["provenance.json"])["path"]
    assert [anchor["row"] for anchor in facts["anchors"]] == [3, 200]
    assert np.load(io.BytesIO(files["synthetic-latents.npy"])).shape == (
        4,
        app.study.latents.shape[1],
    )


def test_hostile_addresses_are_ignored(page: Page, app: App) -> None:
    query = {"study": app.study.path.name, "a": "99999", "b": "-1", "steps": "1e9", "path": "../x"}
    page.goto(f"{app.server}/interpolate?{urllib.parse.urlencode(query)}")
    wait_for_film(page, 9)
    driver.expect_no_traceback(page)


def test_an_untrained_study_leads_to_training(page: Page, app: App) -> None:
    manifest = app.study.manifest
    manifest["steps"] = {"import": manifest["steps"]["import"]}
    write_json(app.study.path / "study.json", manifest)
    page.goto(f"{app.server}/interpolate?study={app.study.path.name}")
    expect(page.get_by_text("has no trained model with a map yet")).to_be_visible(
        timeout=driver.PATIENCE
    )
    link = page.get_by_test_id("stMain").get_by_role("link", name="Data & training")
    link.click()
    expect(page).to_have_url(re.compile("/training"))
    driver.expect_no_traceback(page)


def test_a_damaged_model_is_told_in_a_sentence(page: Page, app: App) -> None:
    app.study.file("model/model.safetensors").write_bytes(b"nothing of use")
    page.goto(f"{app.server}/interpolate?study={app.study.path.name}")
    expect(page.get_by_text("model.safetensors is damaged")).to_be_visible(
        timeout=2 * driver.PATIENCE
    )
    expect(page.locator(driver.MAP)).to_be_visible()
    driver.expect_no_traceback(page)


def decode_pixels(study, latents: np.ndarray) -> np.ndarray:
    return study.model.decode(np.asarray(latents, dtype=np.float32)).astype(int)


def test_more_anchors_make_a_longer_way_and_a_loop(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    page.get_by_role("button", name="Add anchor").click()
    expect(page.get_by_alt_text(re.compile("^Anchor C"))).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    third = int(address_values(page)["c"])
    latents = np.asarray(app.study.latents)
    expected = decode_pixels(app.study, latents[[3, 200, third]])
    wait_for_film(page, 9)
    shown = frames(page).astype(int)
    assert np.abs(shown[[0, -1]] - expected[[0, 2]]).max() <= 1
    assert min(np.abs(frame - expected[1]).max() for frame in shown) <= 1

    page.get_by_text("Loop", exact=True).click()
    expect(page.locator(STEPS).last).to_contain_text("A decoded", timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    looped = frames(page).astype(int)
    assert np.abs(looped[0] - looped[-1]).max() <= 1

    page.get_by_role("button", name="Take anchor B away").click()
    expect(page.get_by_alt_text(re.compile("^Anchor C"))).to_have_count(0)
    driver.wait_until_idle(page)
    values = address_values(page)
    assert (values["a"], values["b"]) == ("3", str(third))
    driver.expect_no_traceback(page)


def test_a_selection_becomes_the_anchors(page: Page, app: App) -> None:
    rows = [5, 50, 150]
    event = {"kind": "ids"}
    token = app.study.cohorts.remember(Selection.empty().combine(rows, "replace", event))
    open_page(page, app, a="3", b="200", selection=token)
    page.get_by_role("button", name="Selection as anchors").click()
    expect(page.get_by_alt_text(re.compile("^Anchor C"))).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    values = address_values(page)
    assert [int(values[which]) for which in "abc"] == rows


def test_a_path_that_leaves_the_data_says_where(page: Page, app: App) -> None:
    pairs = np.random.default_rng(0).integers(360, size=(300, 2)).tolist()
    paths = (walk(app.study, pair, 15) for pair in pairs)
    path = next(path for path in paths if path.off_data.any())
    first, second = path.anchors
    open_page(page, app, a=str(first), b=str(second), steps="15")
    expect(page.get_by_text(f"{path.off_data.sum()} of 15 steps are farther")).to_be_visible()
    marked = page.locator(f"{STEPS}.cae-off-data")
    expect(marked).to_have_count(int(path.off_data.sum()))
    show_step(page, int(np.flatnonzero(path.off_data)[0]) + 1)
    expect(page.get_by_text("Far from every image")).to_be_visible()
    show_step(page, 1)
    expect(page.get_by_text("Far from every image")).to_be_hidden()
    expect(page.get_by_text(re.compile(r"Decoded from A itself · [\d.]+ dB"))).to_be_visible()


def test_a_grid_between_four_images(page: Page, app: App) -> None:
    rows = {"a": "3", "b": "200", "c": "77", "d": "41"}
    open_page(page, app, a="3", b="200")
    page.goto(app.link(decode="grid", side="4", **rows).replace("/?", "/interpolate?"))
    wait_for_film(page, 16)
    grid = walk_grid(app.study, [3, 200, 77, 41], 4)
    assert np.abs(frames(page) - decode_pixels(app.study, grid.latents)).max() <= 1
    page.locator(STEPS).first.click()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".cae-viewer-way")).to_have_text("Row 2, column 1")
    with page.expect_download() as download:
        page.get_by_role("button", name="ZIP").click()
    assert (
        download.value.suggested_filename
        == "synthetic-grid-digit-0003-digit-0200-digit-0077-digit-0041.zip"
    )
    driver.expect_no_traceback(page)


def test_the_corners_of_a_grid_leave_the_path_as_it_is(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    page.get_by_text("Grid", exact=True).click()
    wait_for_film(page, 25)
    page.get_by_text("A click on the map chooses").wait_for()
    row, _ = lonely_rows(app)
    page.mouse.click(*driver.to_screen(page, app.study.projection[row]))
    name = app.study.samples["id"].iloc[row]
    expect(page.get_by_alt_text(f"Anchor A: image {name}")).to_be_visible()
    driver.wait_until_idle(page)
    corners = address_values(page)["corners"].split(",")
    assert corners[:2] == [str(row), "200"]
    page.reload()
    wait_for_film(page, 25)
    expect(page.get_by_alt_text(f"Anchor A: image {name}")).to_be_visible()
    page.get_by_text("Path", exact=True).first.click()
    wait_for_film(page, 9)
    expect_anchors(page, app, 3, 200)
    assert "c" not in address_values(page)
    driver.expect_no_traceback(page)


def test_a_direction_is_found_saved_followed_and_forgotten(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    page.get_by_text("Direction", exact=True).click()
    wait_for_film(page, 13)
    page.get_by_role("button", name="New direction").click()
    # The field is left by pressing the button, and counts all the same.
    page.get_by_label("Name", exact=True).fill("One way")
    page.get_by_role("button", name="Find and save").click()
    expect(page.get_by_text("From the mean of")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    wait_for_film(page, 13)
    (saved,) = saved_directions(app.study)
    assert saved.name == "One way"
    assert address_values(page)["direction"] == "saved: One way"
    path = walk_direction(app.study, 3, saved)
    expected = decode_pixels(app.study, path.latents)
    assert np.abs(frames(page) - expected).max() <= 1
    show_step(page, 13)
    expect(page.get_by_text(path.captions[-1]).first).to_be_visible()
    expect(page.get_by_alt_text("What changed")).to_be_visible()

    page.reload()
    wait_for_film(page, 13)
    assert np.abs(frames(page) - expected).max() <= 1
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF").click()
    assert download.value.suggested_filename == "synthetic-direction-One_way-digit-0003.gif"
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_text("Delete the direction “One way”?")).to_be_visible()
    assert len(saved_directions(app.study)) == 1
    page.get_by_role("button", name="Delete direction").click()
    expect(page.get_by_text("of the variance of all latents")).to_be_visible()
    assert saved_directions(app.study) == []
    driver.expect_no_traceback(page)


def test_the_average_of_a_cluster_and_its_variation(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    page.get_by_text("Average", exact=True).click()
    expect(page.locator(STEPS)).to_have_count(21, timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)
    rows = np.flatnonzero(app.study.clusters["cluster"] == 0)
    mean = app.study.latent_space.onto(np.asarray(app.study.latents[rows]).mean(axis=0))
    mean = decode_pixels(app.study, mean[None])[0]
    shown = frames(page).astype(int)
    for middle in (3, 10, 17):
        assert np.abs(shown[middle] - mean).max() <= 1
    pixels_mean = page.get_by_alt_text(f"Computed image: Mean of the pixels of {len(rows)} images")
    expected = np.rint(app.study.images[rows].mean(axis=0))
    assert np.abs(pixels(pixels_mean) - expected).max() <= 1
    marks = page.locator(".cae-figure > span")
    assert [
        mark.evaluate("m => getComputedStyle(m, '::after').content") for mark in marks.all()
    ] == ['"computed"', '"original"']
    expect(page.locator(".cae-film-row")).to_have_count(3)
    expect(page.locator(".cae-film-row").first).to_contain_text(re.compile("^Component 1 · "))
    driver.expect_no_traceback(page)


def test_averages_of_labels_and_cohorts(page: Page, app: App) -> None:
    chosen = Selection.empty().combine(np.arange(7), "replace", {"kind": "ids"})
    app.study.cohorts.save("first seven", chosen)
    open_page(page, app, a="3", b="200")
    page.get_by_text("Average", exact=True).click()
    expect(page.locator(STEPS)).to_have_count(21, timeout=2 * driver.PATIENCE)
    ones = np.flatnonzero(app.study.samples["label"] == "1")
    for option, rows in (("Label 1", ones), ("Cohort first seven", chosen.rows)):
        driver.choose(page, "The images of", f"{option} ({len(rows)} images)")
        mean = page.get_by_alt_text(f"Computed image: Mean of the pixels of {len(rows)} images")
        expect(mean).to_be_visible(timeout=driver.PATIENCE)
        expected = np.rint(app.study.images[rows].mean(axis=0))
        assert np.abs(pixels(mean) - expected).max() <= 1
        driver.wait_until_idle(page)
        latent = app.study.latent_space.onto(np.asarray(app.study.latents[rows]).mean(axis=0))
        decoded = decode_pixels(app.study, latent[None])[0]
        assert np.abs(frames(page).astype(int)[10] - decoded).max() <= 1
    driver.expect_no_traceback(page)


def canvas_pixels(canvas: Locator) -> np.ndarray:
    """The grey values of a picture that is drawn, (H, W)."""
    script = "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    width = canvas.evaluate("c => c.width")
    return np.array(canvas.evaluate(script)).reshape(-1, width, 4)[..., 0]


def test_the_lens_decodes_the_place_under_the_pointer(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200")
    page.get_by_text("Lens", exact=True).click()
    expect(page.locator(".cae-lens[data-cell]")).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)
    lens = decode_lens(app.study)
    xy = np.asarray(app.study.projection, dtype=float)
    seen_far: list[bool] = []
    lines, columns = np.divmod(np.flatnonzero(lens.off_data), lens.side)
    far = [lens.left, lens.bottom] + lens.step * np.stack([columns, lines], axis=1)
    # The one nearest to the middle of the map is in sight.
    middle = np.linalg.norm(far - (xy.min(axis=0) + xy.max(axis=0)) / 2, axis=1).argmin()
    for place in (xy[41], far[middle]):
        column, line = np.round((place - [lens.left, lens.bottom]) / lens.step).astype(int)
        cell = line * lens.side + column
        page.mouse.move(*driver.to_screen(page, place))
        expect(page.locator(".cae-lens")).to_have_attribute("data-cell", str(cell))
        decoded = canvas_pixels(page.locator(".cae-lens-decoded")).astype(int)
        assert np.abs(decoded - lens.images[cell][..., 0]).mean() < 4
        near = lens.nearest_rows[cell]
        original = canvas_pixels(page.locator(".cae-lens-original"))
        assert np.abs(original - app.study.images[near][..., 0]).mean() < 4
        expect(page.locator(".cae-lens-name")).to_contain_text(app.study.samples["id"].iloc[near])
        is_far = page.get_by_text("Far from every image")
        expect(is_far).to_be_visible(visible=bool(lens.off_data[cell]))
        seen_far.append(bool(lens.off_data[cell]))
    assert seen_far == [False, True]
    expect(page.locator(".cae-lens")).to_have_attribute("tabindex", "0")
    page.locator(".cae-lens").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".cae-lens")).to_have_attribute("data-cell", str(cell + lens.side))
    driver.expect_no_traceback(page)


def test_a_key_before_the_lens_has_its_images_counts_once_they_are_there(
    page: Page, app: App
) -> None:
    page.add_init_script(
        """
        const decode = HTMLImageElement.prototype.decode;
        const held = new Promise((resolve) => (window.letImagesCome = resolve));
        HTMLImageElement.prototype.decode = async function () {
          await held;
          return decode.call(this);
        };
        """
    )
    page.goto(app.link(decode="lens").replace("/?", "/interpolate?"))
    driver.wait_for_map(page)
    shown = page.locator(".cae-lens")
    expect(shown).to_have_attribute("tabindex", "0", timeout=2 * driver.PATIENCE)
    shown.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert shown.get_attribute("data-cell") is None
    page.evaluate("window.letImagesCome()")
    side = decode_lens(app.study).side
    middle = min(math.floor(side / 2 + 0.5), side - 1)
    expect(shown).to_have_attribute("data-cell", str((middle + 1) * side + middle - 1))


def open_lens(page: Page, app: App) -> None:
    page.goto(app.link(decode="lens").replace("/?", "/interpolate?"))
    expect(page.locator(".cae-lens[data-cell]")).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_for_map(page)


def test_the_lens_has_no_anchors_and_its_legend_shows_one_category(page: Page, app: App) -> None:
    open_lens(page, app)
    page.mouse.click(*driver.to_screen(page, app.study.projection[41]))
    category = page.locator(".cae-map-category").filter(has_text="Cluster 2")
    expect(category).to_have_attribute("title", re.compile("^Show only Cluster 2"))
    category.click()
    expect(page.locator(".cae-map-entry[data-hidden=true]")).not_to_have_count(0)
    expect(page.locator(".cae-map-entry[data-hidden=false]")).to_have_count(1)
    category.click()
    expect(page.locator(".cae-map-entry[data-hidden=true]")).to_have_count(0)
    driver.wait_until_idle(page)
    assert "a" not in address_values(page)
    expect(page.locator(".cae-map-anchor")).to_have_count(0)


def test_on_a_phone_the_lens_stays_above_the_map_and_follows_the_finger(
    page: Page, app: App
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_lens(page, app)
    stage, lens = page.locator(driver.STAGE), page.locator(".cae-lens")
    stage.evaluate("stage => stage.scrollIntoView({block: 'end'})")
    before, view = lens.get_attribute("data-cell"), driver.map_view(page)
    box = stage.bounding_box()
    assert abs(box["height"] - 0.42 * 844) < 2
    for event, place in (("down", 0.2), ("move", 0.6), ("up", 0.6)):
        at = {"clientX": box["x"] + place * box["width"], "clientY": box["y"] + 60}
        stage.dispatch_event(f"pointer{event}", {**at, "pointerType": "touch", "pointerId": 7})
    expect(lens).not_to_have_attribute("data-cell", before)
    assert driver.map_view(page) == view
    expect(lens).to_be_in_viewport(ratio=1)
    assert lens.bounding_box()["y"] + lens.bounding_box()["height"] <= box["y"]


def test_real_images_like_a_decoded_step_are_found(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200", steps="5")
    path = walk(app.study, [3, 200], 5)
    show_step(page, 4)
    page.get_by_role("button", name="Real images like this step").click()
    expect(page.get_by_text("Step 4 of 5: ")).to_be_visible()
    expect(page.locator(".cae-gallery button[data-row]")).to_have_count(12)
    driver.wait_until_idle(page)
    rows, _ = nearest(app.study.latents, path.latents[[3]], 12)
    assert driver.gallery_rows(page) == rows[0].tolist()
    page.locator(".cae-gallery button[data-row]").first.click()
    expect(page.get_by_text("The image is open on the page Explore.")).to_be_visible()
    assert address_values(page)["image"] == str(rows[0, 0])
    driver.expect_no_traceback(page)


def test_a_path_joins_averages_of_groups(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200", steps="5")
    anchors = page.get_by_role("radiogroup", name="Anchors are")
    anchors.get_by_text("Averages").click()
    expect(page.get_by_text("they stand for no image")).to_be_visible(timeout=driver.PATIENCE)
    driver.wait_until_idle(page)
    assert json.loads(address_values(page)["between"]) == ["cluster:0", "cluster:1"]
    groups = ["label:3", "label:7", "cluster:2"]
    open_page(page, app, steps="6", between=json.dumps(groups))
    rows = [
        np.flatnonzero(app.study.table[kind].astype(str) == value)
        for kind, value in (group.split(":") for group in groups)
    ]
    averages = [Average(name, of) for name, of in zip(groups, rows, strict=True)]
    path = walk_averages(app.study, averages, 6)
    assert np.array_equal(frames(page), app.study.model.decode(path.latents))
    expect(page.get_by_alt_text(re.compile("Most typical image of C"))).to_be_visible()
    expect(page.locator(".cae-map-anchor")).to_have_count(3)
    page.get_by_text("Check", exact=True).click()
    expect(page.locator(".cae-map-checked")).to_have_count(6)
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    assert download.value.suggested_filename.startswith("synthetic-averages-")
    page.get_by_role("radiogroup", name="Anchors are").get_by_text("Images").click()
    expect(page.get_by_alt_text(re.compile("Anchor A"))).to_be_visible(timeout=driver.PATIENCE)
    driver.expect_no_traceback(page)


def test_a_plane_is_dragged_in_and_shows_what_is_decoded_there(page: Page, app: App) -> None:
    page.goto(app.link(decode="plane", a="7", upwards="Component 3").replace("/?", "/interpolate?"))
    shown, pad = page.locator(".cae-plane[data-cell]"), page.locator(".cae-plane-pad")
    expect(shown).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)
    latents = np.asarray(app.study.latents)
    components = principal_directions(latents, 5)
    plane = decode_plane(app.study, 7, (components[0], components[2]), 33, 2.0)
    assert shown.get_attribute("data-cell") == str(16 * 33 + 16)
    expect(page.locator(".cae-plane-name")).to_contain_text(app.study.samples["id"].iloc[7])
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 30.5 / 33, box["y"] + box["height"] * 2.5 / 33)
    page.mouse.up()
    cell = 30 * 33 + 30
    expect(shown).to_have_attribute("data-cell", str(cell))
    expect(page.locator(".cae-plane-place")).to_have_text("Component 1 +1.8 σ · Component 3 +1.8 σ")
    drawn = canvas_pixels(page.locator(".cae-plane-decoded"))
    assert np.abs(drawn - plane.images[cell][..., 0]).mean() < 4
    near = app.study.samples["id"].iloc[plane.nearest_rows[cell]]
    expect(page.locator(".cae-plane-name")).to_contain_text(near)
    pad.press("ArrowDown")
    expect(shown).to_have_attribute("data-cell", str(cell - 33))
    pad.press("Home")
    expect(shown).to_have_attribute("data-cell", str(16 * 33 + 16))
    is_far = page.get_by_text("Far from every image")
    expect(is_far).to_be_hidden()
    reach = page.get_by_role("radiogroup", name="How far").get_by_text("±3 σ")
    reach.click()
    farther = decode_plane(app.study, 7, (components[0], components[2]), 33, 3.0)
    corners = [number for number in (0, 32, 33 * 32, 33 * 33 - 1) if farther.off_data[number]]
    assert corners and not farther.off_data[16 * 33 + 16]
    driver.wait_until_idle(page)
    pad.scroll_into_view_if_needed()
    box, (row, column) = pad.bounding_box(), divmod(corners[0], 33)
    page.mouse.click(
        box["x"] + box["width"] * (column + 0.5) / 33,
        box["y"] + box["height"] * (32.5 - row) / 33,
    )
    expect(shown).to_have_attribute("data-cell", str(corners[0]))
    expect(is_far).to_be_visible()
    driver.expect_no_traceback(page)


def test_real_images_open_where_they_stay(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200", steps="5")
    driver.wait_until_idle(page)
    page.evaluate(driver.WATCH_POPOVERS)
    page.get_by_role("button", name="Real images like this step").click()
    expect(page.get_by_test_id("stPopoverBody").locator(".cae-gallery button")).to_have_count(12)
    driver.wait_until_idle(page)
    assert len(page.evaluate("window.popoverPlaces")) == 1


@pytest.mark.parametrize("mode", ["direction", "average", "plane"])
def test_deviations_have_minus_signs_and_nothing_has_none(page: Page, app: App, mode: str) -> None:
    page.goto(app.link(decode=mode, a="7").replace("/?", "/interpolate?"))
    shown = page.locator(".cae-plane[data-cell]" if mode == "plane" else STEPS).first
    expect(shown).to_be_visible(timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)
    if mode == "plane":
        page.locator(".cae-plane-pad").press("ArrowLeft")
    expect(page.get_by_text(re.compile("−[0-9.]+ σ")).first).to_be_attached()
    assert driver.hyphens_for_minus(page) == []
    assert "−0.0" not in page.locator("body").inner_text()


def test_selected_images_are_changed_together(page: Page, app: App) -> None:
    rows = np.array([3, 40, 200])
    selection = Selection.empty().combine(rows, "replace", {"kind": "click"})
    page.goto(
        app.link(
            decode="direction", morph="1", selection=app.study.cohorts.remember(selection)
        ).replace("/?", "/interpolate?")
    )
    expect(page.locator(STEPS)).to_have_count(21, timeout=2 * driver.PATIENCE)
    driver.wait_until_idle(page)
    component = principal_directions(np.asarray(app.study.latents), 5)[0]
    path = walk_morph(app.study, rows.tolist(), component, 2.4)
    assert np.array_equal(frames(page), app.study.model.decode(path.latents))
    expect(page.get_by_text(re.compile(r"grey levels of 255"))).to_be_visible()
    page.get_by_role("radiogroup", name="What is changed").get_by_text("One image").click()
    expect(page.locator(STEPS)).to_have_count(13, timeout=driver.PATIENCE)
    driver.expect_no_traceback(page)


def test_a_step_is_compared_with_another_in_colours_with_a_scale(page: Page, app: App) -> None:
    open_page(page, app, a="3", b="200", steps="5")
    driver.wait_until_idle(page)
    page.get_by_role("combobox", name="What changed since step").click()
    page.get_by_role("option", name="1 · Decoded from A itself").click()
    picture = page.get_by_alt_text("What changed")
    expect(picture).to_be_visible(timeout=driver.PATIENCE)
    page.locator(STEPS).nth(4).click()
    means = app.study.model.decode(walk(app.study, [3, 200], 5).latents)
    changes = (means.astype(int) - means[0].astype(int)).mean(axis=-1)
    limit = max(float(np.abs(changes).max()), 16)
    expect(page.get_by_text(f"+{limit:.0f} grey levels of 255")).to_be_visible()
    expected = difference_picture(means[4], means[0], limit)
    assert np.array_equal(pixels(picture)[..., 0], expected)
    driver.expect_no_traceback(page)
