"""How fast contrastive training and encoding are beside the bare network and beside a plain loop.

    python benchmarks/training.py [FILE.npz] [--quick] [--repeats N] [--results]

FILE holds images in the layout of MedMNIST; without one they are noise. All ways compute the same
network on the same images and take turns; images per second are medians of the repeats. It runs on
a GPU where torch finds one.

- *ours* is the training loop of `cae.training.loop.fit`, in the precision it chooses: reading,
  views, losses, optimiser; *ours, defaults* has its two further losses, too: the teacher's, and
  that of what lies between images.
- *bare network* is what the same module and optimiser do with images and views that are there.
- *plain loop* reads PNG files by Pillow in a ``DataLoader`` with a worker per core, makes each view
  by kornia, takes NT-Xent from pytorch-metric-learning, and computes in 32 bits.
- *encode* is `Model.encode` from a memory-mapped file, *bare encoder* the network on tensors that
  are there.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tables import FINISHED, as_table, machine, write_section
from torch import Tensor, nn
from torch.nn import functional

from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model, to_tensor
from cae.networks.device import best_device
from cae.storage import write_json
from cae.training.array_feed import array_feed
from cae.training.loop import HISTORY, fit
from cae.training.precision import fabric_for

IMAGES, QUICK_IMAGES = 6_400, 256
BATCH = 64
SIDE = 64
REPEATS = 3
FIGURES = "training.json"
SECTION = "training"
FEATURES = 128
OURS, OURS_DEFAULTS = "ours", "ours, defaults"
BARE, BARE_DEFAULTS, LOOP = "bare network", "bare network, defaults", "plain loop"
ENCODE, BARE_ENCODER = "encode", "bare encoder"
COLUMNS = {"way": "way", "images_per_second": "images/s", "share": "share of the bare network's"}


DEFAULTS = ContrastiveSettings(preset="mixed", epochs=1, batch=BATCH)
PLAIN = replace(DEFAULTS, interpolation_weight=0, teacher_weight=0)


def ours(images: np.ndarray, how: ContrastiveSettings) -> float:
    """Return the images per second of the training loop, which it tells in its history."""
    features = np.random.default_rng(0).standard_normal((len(images), FEATURES), np.float32)
    rows = np.arange(len(images))
    with tempfile.TemporaryDirectory() as folder:
        told = features if how.teacher_weight else None
        fit(images, rows, rows[:0], how, Path(folder), features=told)
        (record,) = Path(folder, HISTORY).read_text("utf-8").splitlines()
    rate: float = json.loads(record)["images_per_second"]
    return rate


def bare(
    images: np.ndarray,
    how: ContrastiveSettings,
    changed: Callable[[nn.Module], Any] = lambda module: module,
) -> float:
    """Return the images per second of forward, backward and optimiser alone.

    Args:
        images: of which the first ones are shown over and over.
        how: as they are trained.
        changed: what becomes of the module first, such as ``torch.compile``.
    """
    torch.manual_seed(0)
    fabric = fabric_for("auto")
    model = Model.for_images(images, how)
    device = fabric.device
    optimiser = torch.optim.AdamW(model.module.parameters(), fused=device.type == "cuda")
    module, optimiser = fabric.setup(model.module, optimiser)
    module = changed(module.train())
    shown = to_tensor(images[: how.batch]).to(device)
    views = torch.stack([shown.flip(3), shown.roll(1, 2)])
    features = torch.randn(len(shown), FEATURES, device=device) if how.teacher_weight else None
    groups = torch.full((len(shown),), -1, device=device)

    def step() -> None:
        loss = torch.stack(list(module(shown, views, groups, features).values())).sum()
        optimiser.zero_grad()
        fabric.backward(loss)
        optimiser.step()

    return len(shown) * _per_second(step, len(images) // how.batch)


def plain_loop(folder: Path, how: ContrastiveSettings) -> float:
    """Return the images per second of a loop of tutorials, over the PNG files of a folder."""
    import kornia.augmentation as augmentation
    from PIL import Image
    from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss
    from torch.utils.data import DataLoader, Dataset

    class Files(Dataset[Tensor]):
        def __init__(self) -> None:
            self.paths = sorted(folder.glob("*.png"))

        def __len__(self) -> int:
            return len(self.paths)

        def __getitem__(self, number: int) -> Tensor:
            pixels = np.asarray(Image.open(self.paths[number]).convert("L"))
            return torch.from_numpy(pixels.copy())[None].float() / 255

    torch.manual_seed(0)
    files, device = Files(), best_device()
    first = files[0]
    network = Model.for_images(np.zeros((1, *first.shape[1:], 1), np.uint8), how).module.to(device)
    side = first.shape[-1]
    view = nn.Sequential(
        augmentation.RandomHorizontalFlip(),
        augmentation.RandomAffine(45, padding_mode="border", p=1.0),
        augmentation.RandomResizedCrop((side, side), (0.4, 1.0), (0.8, 1.25)),
        augmentation.ColorJiggle(brightness=0.1, contrast=0.3, p=1.0),
    )
    contrast = SelfSupervisedLoss(NTXentLoss(how.temperature))
    optimiser = torch.optim.AdamW(network.parameters(), how.learning_rate)
    loader = DataLoader(
        files, how.batch, shuffle=True, drop_last=True, num_workers=os.cpu_count() or 1
    )
    start = time.perf_counter()
    for read in loader:
        shown = read.to(device)
        latents = [network.encode(batch) for batch in (shown, view(shown), view(shown))]
        first_view, second_view = network.head_outputs(torch.stack(latents[1:]))
        rebuilt = functional.mse_loss(network.decode(latents[0]), shown)
        loss = contrast(first_view, second_view) + how.reconstruction_weight * rebuilt
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return len(loader) * how.batch / (time.perf_counter() - start)


def encode(file: Path, how: ContrastiveSettings) -> float:
    """Return the images per second of `Model.encode` from a memory-mapped file."""
    images = np.load(file, mmap_mode="r")
    model = Model.for_images(images, how)
    model.module.to(best_device())
    model.encode(images[:BATCH])
    start = time.perf_counter()
    model.encode(images)
    return len(images) / (time.perf_counter() - start)


def bare_encoder(images: np.ndarray, how: ContrastiveSettings) -> float:
    """Return the images per second of the encoder on a chunk of images that is there."""
    model = Model.for_images(images, how)
    model.module.to(best_device()).eval()
    chunk = to_tensor(images[:512]).to(best_device())
    with torch.inference_mode():
        return len(chunk) * _per_second(
            lambda: model.module.encode(chunk), max(1, len(images) // len(chunk))
        )


def parts(images: np.ndarray, how: ContrastiveSettings) -> dict[str, float]:
    """Return where the time of a step goes beside the network, ms."""
    device = best_device()
    model, feed = Model.for_images(images, how), array_feed(images, device)
    move, augment = model.moves, model.augmentation
    rows = np.arange(how.batch)
    shown = to_tensor(images[rows]).to(device)
    steps = max(1, len(images) // how.batch)
    return {
        "reading": 1000 / _per_second(lambda: feed(rows), steps),
        "moving": 1000 / _per_second(lambda: move(shown), steps),
        "two views": 2000 / _per_second(lambda: augment(shown), steps),
    }


def _per_second(act: Callable[[], Any], times: int) -> float:
    act()
    _wait()
    start = time.perf_counter()
    for _ in range(times):
        act()
    _wait()
    return times / (time.perf_counter() - start)


def _wait() -> None:
    """Wait until a GPU has done what it was asked for."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def measure_all(images: np.ndarray, repeats: int) -> list[dict[str, Any]]:
    """Return a row of medians for each way, taking turns."""
    from PIL import Image

    runs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.save(folder / "images.npy", images)
        for number, image in enumerate(images):
            Image.fromarray(image[..., 0]).save(folder / f"{number:06d}.png")
        ways: dict[str, Callable[[], float]] = {
            OURS: lambda: ours(images, PLAIN),
            BARE: lambda: bare(images, PLAIN),
            LOOP: lambda: plain_loop(folder, PLAIN),
            OURS_DEFAULTS: lambda: ours(images, DEFAULTS),
            BARE_DEFAULTS: lambda: bare(images, DEFAULTS),
            ENCODE: lambda: encode(folder / "images.npy", PLAIN),
            BARE_ENCODER: lambda: bare_encoder(images, PLAIN),
        }
        for _ in range(repeats):
            for way, run in ways.items():
                runs.setdefault(way, []).append(run())
                sys.stderr.write(f"{way}: {runs[way][-1]:,.0f} images/s\n")
    rates = {way: statistics.median(found) for way, found in runs.items()}
    beside = {OURS_DEFAULTS: BARE_DEFAULTS, BARE_DEFAULTS: BARE_DEFAULTS}
    beside |= {ENCODE: BARE_ENCODER, BARE_ENCODER: BARE_ENCODER}
    return [
        {
            "way": way,
            "images_per_second": round(rate),
            "share": round(rate / rates[beside.get(way, BARE)], 3),
        }
        for way, rate in rates.items()
    ]


def table(rows: list[dict[str, Any]]) -> str:
    """Return the figures as a Markdown table."""
    return as_table(
        rows, COLUMNS, lambda value: f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
    )


def read_images(file: Path | None, count: int) -> np.ndarray:
    """Return `count` grey images (N, 64, 64, 1): the training images of a file, or noise."""
    if file is None:
        return np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 1), np.uint8)
    with np.load(file, allow_pickle=False) as arrays:
        images: np.ndarray = arrays["train_images"][:count]
    return np.ascontiguousarray(images.reshape(len(images), *images.shape[1:3], 1))


def main() -> None:
    """Measure all ways in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, nargs="?", help="images; noise without")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--quick", action="store_true", help="few images, once")
    parser.add_argument("--figures", type=Path, default=FINISHED, help="folder of the figures")
    parser.add_argument("--results", action="store_true", help="write figures and RESULTS.md")
    asked = parser.parse_args()
    count, repeats = (QUICK_IMAGES, 1) if asked.quick else (IMAGES, asked.repeats)
    images = read_images(asked.file, count)
    rows = measure_all(images, repeats)
    times = parts(images, PLAIN)
    sys.stdout.write(table(rows))
    sys.stdout.write(", ".join(f"{name} {value:.2f} ms a step" for name, value in times.items()))
    sys.stdout.write("\n")
    if asked.results:
        facts = {"machine": machine(), "images": len(images), "repeats": repeats, "parts": times}
        write_json(asked.figures / FIGURES, {**facts, "rows": rows})
        write_section(SECTION, table(rows))


if __name__ == "__main__":
    main()
