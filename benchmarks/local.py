"""Regions, landmarks and few-label segmentation of a local model of the embedded brain set.

Run ``python benchmarks/local.py --out FOLDER``. A study with a local model in FOLDER is used as it
is; where there is none it is trained first, and a run that was cut off goes on where it stopped.
Tissue is known from the template's probability maps; it is never shown to the local model, and
decides only, on training images, which region is called which tissue. ``--quick`` takes a few
images and one epoch instead.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from PIL import Image
from tables import FINISHED, as_table, machine, spread, spread_text, write_section

from cae.augment.aligned_views import aligned_views
from cae.errors import CaeError
from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.latent.spread import evenly_spread
from cae.local.dice import assign_regions, dice
from cae.local.landmark import (
    constellation,
    find_landmark,
    match_map,
    similarity_map,
)
from cae.local.model import LocalModel
from cae.local.network import VggEncoder
from cae.local.pseudo_class_encoder import EncoderSettings, pretrain_encoder
from cae.local.transfer import TransferSettings, learn_masks
from cae.model import to_tensor
from cae.sources import parse
from cae.sources.brain import brain_patches, load_template
from cae.sources.brain_structures import cerebellum
from cae.storage import read_json, write_json
from cae.study.steps import (
    complete,
    default_settings,
    encode,
    import_or_open,
    last_settings,
    train,
)
from cae.study.study import Study

FIT_IMAGES, TEST_IMAGES = 300, 300
POINTS, TRIALS = 12, 4
LABELLED = (5, 10)
AUTOENCODER_EPOCHS, ENCODER_EPOCHS = 10, 10
# 81,000 steps of four images, as many as stand behind the paper's regions.
PUBLISHED = {"epochs": 100, "patience": 100}
# The plane whose images are measured; example masks come from the others.
GUIDED_PLANE, EXAMPLE_MASKS = "axial", 300
HALF = 128
# Of all rows, in the folder of figures.
FIGURES = "local.json"
NEIGHBOURHOOD = 2
NCC_RADIUS = 7
Labeller = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Measure and print the table; write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the study")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of transfer")
    parser.add_argument("--quick", action="store_true", help="80 images, one epoch, one seed")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, display(sys.stderr) as screen:
        report = Reporter([screen])
        out = Path(scratch) if options.quick else options.out
        study = brain_with_local_model(out / "local-brain", report, options.quick)
        rows = list(measured(study, out / "figures", options.quick, options.seeds, report))
    sys.stdout.write(table(rows))
    if not options.quick:
        write_json(FINISHED / FIGURES, rows)
        write_section("local", table(rows))
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of all tasks."""
    columns = {name: name for name in ("task", "method", "images", "figure")}
    return as_table(rows, columns, spread_text)


def brain_with_local_model(folder: Path, report: Reporter, quick: bool) -> Study:
    """Return the brain study with a local model, trained where there is none."""
    study = import_or_open(parse("brain"), folder, 80 if quick else None, on_step=report.on_step)
    settings = last_settings(study, "local") or default_settings(study, "local", **_small(quick))
    complete(study, settings, report.progress, report.on_step)
    return study


def published_study(folder: Path, report: Reporter, quick: bool) -> Study:
    """Return the brain study with regions as published, which take hours."""
    study = import_or_open(parse("brain"), folder, 80 if quick else None, on_step=report.on_step)
    usual = _small(quick) or PUBLISHED
    settings = last_settings(study, "local") or default_settings(study, "local-published", **usual)
    complete(study, settings, report.progress, report.on_step)
    return study


def guided_study(folder: Path, report: Reporter, quick: bool) -> Study:
    """Return a study whose region 0 is guided by masks of all planes but the one measured."""
    study = import_or_open(parse("brain"), folder, 80 if quick else None, on_step=report.on_step)
    masks = folder.parent / "white-matter-of-other-planes"
    if not masks.exists():
        white = _masks(study, 1)
        rows = study.rows("train")
        others = rows[~_is_measured(study, rows) & white[rows].any((1, 2))]
        masks.mkdir(parents=True)
        for row in others[evenly_spread(len(others), EXAMPLE_MASKS)]:
            Image.fromarray(white[row]).save(masks / f"{row}.png")
    wanted = {**_small(quick), "shape": str(masks)}
    settings = last_settings(study, "local") or default_settings(study, "local", **wanted)
    complete(study, settings, report.progress, report.on_step)
    return study


def pseudo_class_encoder(study: Study, report: Reporter, quick: bool) -> VggEncoder:
    """Return an encoder that method D pretrained on the training images."""
    small: dict[str, Any] = {"epochs": 1, "width": 4} if quick else {}
    if not study.is_current("encode"):
        changes = {"epochs": AUTOENCODER_EPOCHS, **small}
        train(study, default_settings(study, "autoencoder", **changes), report.progress)
        encode(study, report.progress)
    rows = study.rows("train")
    settings = replace(EncoderSettings(epochs=ENCODER_EPOCHS), **small)
    features = np.asarray(study.latents)[rows]
    return pretrain_encoder(np.asarray(study.images[rows]), features, settings, report.progress)


def _small(quick: bool) -> dict[str, Any]:
    return {"epochs": 1, "width": 4, "regions": 6, "patch_share": 0.0} if quick else {}


def measured(
    study: Study, folder: Path, quick: bool, seeds: list[int], report: Reporter
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table; each part is measured once and kept."""
    encoder = cache(lambda: pseudo_class_encoder(study, report, quick))
    steps = 5 if quick else 100

    def transferred(seed: int) -> list[dict[str, Any]]:
        return transfer(study, encoder(), seed, steps)

    parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "segmentation": lambda: segmentation(study),
        "landmarks": lambda: landmarks(study),
    }
    for seed in seeds[:1] if quick else seeds:
        parts[f"transfer-{seed}"] = partial(transferred, seed)
    published = folder.parent / "local-brain-published"
    parts["published"] = lambda: published_segmentation(published_study(published, report, quick))
    with_masks = folder.parent / "local-brain-guided"
    parts["guided"] = lambda: guided(guided_study(with_masks, report, quick))
    found: dict[tuple[str, str, str], list[float]] = {}
    for name, measure in parts.items():
        file = folder / f"local-{name}.json"
        if not file.exists():
            report.on_step(name)
            write_json(file, measure())
        for row in read_json(file):
            key = row["task"], row["method"], row["images"]
            found.setdefault(key, []).append(row["figure"])
    for (task, method, images), figures in found.items():
        yield {"task": task, "method": method, "images": images, "figure": spread(figures)}


def segmentation(study: Study) -> list[dict[str, Any]]:
    """Return Dice of tissues and of the cerebellum, for regions and for k-means."""
    model = study.local_model
    return _overlaps(
        study,
        lambda seen: {
            "local regions": lambda images: model.pixels(images).labels,
            "k-means on intensities": _kmeans(seen, 0),
            "k-means on patches": _kmeans(seen, NEIGHBOURHOOD),
            "k-means on standardised intensities": _kmeans(seen, 0, standardised),
        },
    )


def published_segmentation(study: Study) -> list[dict[str, Any]]:
    """Return Dice of tissues and of the cerebellum, for regions of the method as published."""
    model = study.local_model
    return _overlaps(
        study, lambda seen: {"regions, as published": lambda images: model.pixels(images).labels}
    )


def _overlaps(
    study: Study, labellers: Callable[[np.ndarray], dict[str, Labeller]]
) -> list[dict[str, Any]]:
    """Return Dice of what labels pixels; training images decide which label is which tissue."""
    fit, test = _rows(study, "train", FIT_IMAGES), _rows(study, "test", TEST_IMAGES)
    tissue, part = _tissue(study), _cerebellum(study)
    rows = []
    changes: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "clean": np.asarray,
        "corrupted": corrupted,
        "with faults not trained on": faulty,
    }
    for kind, change in changes.items():
        seen, unseen = change(study.images[fit]), change(study.images[test])
        for method, label in labellers(seen).items():
            of_seen, of_unseen = label(seen), label(unseen)
            for task, truth, kinds in (
                ("grey and white matter, Dice", tissue, (1, 2)),
                ("cerebellar and cerebral grey matter, Dice", part, (0, 1)),
            ):
                names = assign_regions(of_seen, truth[fit], int(of_seen.max()) + 1)
                known = truth[test] >= 0
                named, true = (
                    names[np.minimum(of_unseen, len(names) - 1)][known],
                    truth[test][known],
                )
                figure = fmean(dice(named == one, true == one) for one in kinds)
                rows.append(_row(task, method, kind, figure))
    return rows


def landmarks(study: Study) -> list[dict[str, Any]]:
    """Return mean errors in pixels of points found again under known transforms."""
    random = np.random.default_rng(0)
    errors: dict[str, list[float]] = {}
    for row, x, y in _corners(study, random):
        image = np.asarray(study.images[row])
        for _ in range(TRIALS):
            moved, (true_x, true_y) = _moved(image, x, y, random)
            for method, found in _found(study.local_model, image, moved, x, y).items():
                errors.setdefault(method, []).append(float(np.hypot(*(found - (true_x, true_y)))))
    count = f"{POINTS} points, {TRIALS} transforms each"
    return [
        _row("landmark, mean error in px", method, count, fmean(each))
        for method, each in errors.items()
    ]


def guided(study: Study) -> list[dict[str, Any]]:
    """Return Dice of white matter for region 0, and for regions that are told by labels."""
    train, test = (rows[_is_measured(study, rows)] for rows in map(study.rows, ("train", "test")))
    fit = train[evenly_spread(len(train), FIT_IMAGES)]
    test = test[evenly_spread(len(test), TEST_IMAGES)]
    white = _masks(study, 1) >= HALF
    task, rows = "white matter, masks of other planes, Dice", []
    for kind, change in (("clean", np.asarray), ("corrupted", corrupted)):
        seen, unseen = change(study.images[fit]), change(study.images[test])
        regions = study.local_model.pixels(unseen).labels
        rows.append(_row(task, "shape-guided region", kind, dice(regions == 0, white[test])))
        label = _kmeans(seen, 0)
        of_seen = label(seen)
        names = assign_regions(of_seen, white[fit].astype(np.int8), int(of_seen.max()) + 1)
        found = names[np.minimum(label(unseen), len(names) - 1)] == 1
        rows.append(
            _row(task, "k-means on intensities, told by labels", kind, dice(found, white[test]))
        )
    return rows


def transfer(study: Study, encoder: VggEncoder, seed: int, steps: int) -> list[dict[str, Any]]:
    """Return Dice of tissues learnt from few labelled images, with and without pretraining.

    `encoder` is that of method D; the local model is pretrained by local discrimination.
    """
    tissue = _tissue(study)
    masks = np.stack([tissue == 1, tissue == 2], axis=3)
    test = _rows(study, "test", TEST_IMAGES // 2)
    unseen, order = (
        corrupted(study.images[test]),
        np.random.default_rng(seed).permutation(study.rows("train")),
    )
    rows = []
    for count in LABELLED:
        chosen = np.sort(order[:count])
        for method, begun in (
            ("from scratch", None),
            ("pretrained", study.local_model.encoder),
            ("pseudo-class negatives", encoder),
        ):
            settings = TransferSettings(steps, width=study.local_model.network.width, seed=seed)
            learnt = learn_masks(np.asarray(study.images[chosen]), masks[chosen], begun, settings)
            found = learnt.masks(unseen)
            figure = fmean(dice(found[..., m], masks[test][..., m]) for m in range(2))
            task = f"grey and white matter from {count} labelled images, Dice"
            rows.append(_row(task, method, "corrupted", figure))
    return rows


def corrupted(images: np.ndarray) -> np.ndarray:
    """Return images with bias field, gamma .6–1.6, inversion and noise, the same every time.

    It is what the preset ``scanner``, with which local models are trained, does to intensities.
    """
    with torch.random.fork_rng():
        torch.manual_seed(len(images))
        changed = aligned_views("scanner").changed_intensity(to_tensor(np.asarray(images)))
    return (changed * 255).round().byte().permute(0, 2, 3, 1).numpy()


def faulty(images: np.ndarray) -> np.ndarray:
    """Return images with faults that no preset makes, the same every time.

    The outer third of spatial frequencies is missing, every second line of them is weaker by up to
    a fifth, which draws a ghost of half the field of view, and noise is Rician (σ .03).
    """
    random = np.random.default_rng(len(images))
    shown = np.asarray(images)[..., 0] / 255
    lines = np.fft.fft2(shown)
    side = shown.shape[1]
    distance = np.abs(np.fft.fftfreq(side))
    is_kept = np.maximum(distance[:, None], distance) < 1 / 3
    weaker = 1 - random.uniform(0, 0.2, (len(shown), 1, 1)) * (np.arange(side) % 2)[:, None]
    signal = np.fft.ifft2(lines * is_kept * weaker)
    noise = random.normal(0, 0.03, (2, *shown.shape))
    measured = np.abs(signal + noise[0] + 1j * noise[1])
    found: np.ndarray = (255 * measured.clip(0, 1)).round().astype(np.uint8)[..., None]
    return found


def standardised(images: np.ndarray) -> np.ndarray:
    """Return each image with mean 128 and deviation 40, its middle brighter than its border."""
    shown = images.astype(np.float32)
    border = np.ones(shown.shape[1:3], bool)
    border[8:-8, 8:-8] = False
    middle = shown[:, ~border].mean((1, 2)) - shown[:, border].mean((1, 2))
    sign = np.where(middle < 0, -1, 1)[:, None, None, None]
    axes = (1, 2, 3)
    spread = np.maximum(shown.std(axes, keepdims=True), 1)
    found: np.ndarray = 128 + 40 * sign * (shown - shown.mean(axes, keepdims=True)) / spread
    return found


def _row(task: str, method: str, images: str, figure: float) -> dict[str, Any]:
    return {"task": task, "method": method, "images": images, "figure": round(float(figure), 4)}


def _rows(study: Study, split: str, most: int) -> np.ndarray:
    """Return rows of a split, evenly spread, at most so many."""
    rows = study.rows(split)
    chosen: np.ndarray = rows[evenly_spread(len(rows), most)]
    return chosen


def _is_measured(study: Study, rows: np.ndarray) -> np.ndarray:
    """Return which of `rows` are of the plane that shape guidance is measured on."""
    return (study.samples["plane"].iloc[rows] == GUIDED_PLANE).to_numpy()


def _masks(study: Study, number: int) -> np.ndarray:
    """Return one mask of every image, uint8 (N, H, W)."""
    if study.masks is None:
        raise CaeError(f"{study.path} has no masks; it was not made from the embedded brain set.")
    return np.asarray(study.masks[..., number])


def _tissue(study: Study) -> np.ndarray:
    """Return 2 in white matter, 1 in grey matter, else 0; int8 (N, H, W)."""
    grey, white = (_masks(study, m) >= HALF for m in range(2))
    return np.where(white, 2, grey).astype(np.int8)


def _cerebellum(study: Study) -> np.ndarray:
    """Return 1 in cerebellar grey matter, 0 in other grey matter, −1 elsewhere."""
    template = load_template()
    structure = cerebellum(template)
    # A study of few images keeps the ids that number all patches from 1.
    numbers = study.samples["id"].astype(int).to_numpy() - 1
    patches = brain_patches(template)
    inside = np.stack([patches[number].cut(structure) for number in numbers])
    return np.where(_tissue(study) == 1, inside, -1).astype(np.int8)


def _kmeans(
    images: np.ndarray, reach: int, prepared: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> Labeller:
    """Return what names the k-means cluster of each pixel by the pixels about it, once prepared."""
    from sklearn.cluster import MiniBatchKMeans

    kmeans = MiniBatchKMeans(6 if reach == 0 else 16, n_init=3, random_state=0)
    kmeans.fit(_neighbourhoods(prepared(images), reach).reshape(-1, (2 * reach + 1) ** 2)[::29])

    def label(images: np.ndarray) -> np.ndarray:
        pixels = _neighbourhoods(prepared(images), reach)
        found: np.ndarray = kmeans.predict(pixels.reshape(-1, pixels.shape[-1]))
        return found.reshape(images.shape[:3])

    return label


def _neighbourhoods(images: np.ndarray, reach: int) -> np.ndarray:
    padding = ((0, 0), (reach, reach), (reach, reach))
    grey = np.pad(images[..., 0].astype(np.float32), padding, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(grey, 2 * [2 * reach + 1], axis=(1, 2))
    return windows.reshape(*images.shape[:3], -1)


def _corners(study: Study, random: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """Yield the sharpest corner, well inside, of a few test images: row, x, y."""
    from skimage.feature import corner_harris

    for row in random.choice(study.rows("test"), POINTS, replace=False):
        strength = corner_harris(study.images[row][..., 0].astype(float))[16:-16, 16:-16]
        y, x = np.unravel_index(strength.argmax(), strength.shape)
        yield int(row), int(x) + 16, int(y) + 16


def _moved(
    image: np.ndarray, x: int, y: int, random: np.random.Generator
) -> tuple[np.ndarray, tuple[float, float]]:
    """Rotate by up to 15°, scale by up to a tenth, warp, and change intensities.

    Returns the image and where its point x, y now is.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    side = len(image)
    middle, angle = (side - 1) / 2, np.deg2rad(random.uniform(-15, 15))
    scale = random.uniform(0.9, 1.1)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    warp = np.stack([gaussian_filter(random.normal(size=(side, side)), 8) for _ in range(2)])
    warp *= 2 / np.abs(warp).max()
    places = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    source = np.tensordot(turn, places - middle, axes=1) + middle + warp
    pixels = map_coordinates(image[..., 0].astype(float), source, order=1, mode="nearest")
    distance = np.hypot(source[0] - y, source[1] - x)
    true_y, true_x = np.unravel_index(distance.argmin(), distance.shape)
    moved = np.clip(pixels, 0, 255).astype(np.uint8)[None, ..., None]
    return _relit(moved, random)[0], (float(true_x), float(true_y))


def _relit(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    with torch.random.fork_rng():
        torch.manual_seed(int(random.integers(2**31)))
        changed = aligned_views("scanner").changed_intensity(to_tensor(images))
    return (changed * 255).round().byte().permute(0, 2, 3, 1).numpy()


def _found(
    model: LocalModel, image: np.ndarray, moved: np.ndarray, x: int, y: int
) -> dict[str, np.ndarray]:
    """Return where each method finds the point x, y of `image` in `moved`."""
    from skimage.feature import match_template

    embeddings = model.embeddings(np.stack([image, moved]))
    point = constellation(embeddings[0], x, y)
    similarity = similarity_map(embeddings[1:], point.points[0])
    match = match_map(embeddings[1:], point, model.has_moves)
    reach = NCC_RADIUS
    template = image[y - reach : y + reach + 1, x - reach : x + reach + 1, 0].astype(float)
    correlation = match_template(moved[..., 0].astype(float), template, pad_input=True)
    windows = _neighbourhoods(np.stack([image, moved]), NEIGHBOURHOOD)
    distance = ((windows[1] - windows[0, y, x]) ** 2).sum(-1)
    return {
        "local embedding": find_landmark(match, similarity).xy[0],
        "local embedding, most similar pixel": find_landmark(similarity, similarity).xy[0],
        "normalised cross-correlation": _place(np.abs(correlation).argmax(), moved),
        "raw intensities": _place(distance.argmin(), moved),
    }


def _place(index: int, image: np.ndarray) -> np.ndarray:
    y, x = np.unravel_index(index, image.shape[:2])
    return np.array([x, y])


if __name__ == "__main__":
    main()
