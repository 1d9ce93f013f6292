"""How fast a folder of small images is imported beside a bare loop over Pillow.

    python benchmarks/importing.py [--quick] [--images N] [--folder DIR]

All ways read the same files: the loop in one thread and, as the import does, in one for each
processor; the folder source; and the import into a study. Each is a process of its own, whose
time begins when its modules are loaded and whose memory is its peak. CPU ms is processor time
for an image, of all threads.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64
IMAGES = 100_000
QUICK_IMAGES = 5_000
FOLDERS = 100
WAYS = ("loop", "threads", "load", "import")


def write_images(folder: Path, count: int) -> None:
    """Write `count` grey PNG files of noise that compresses, in a hundred folders."""
    random = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number % FOLDERS:02d}" / f"{number:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 32, (SIDE, SIDE), np.uint8)
        pixels[16:48, number % 48 : number % 48 + 16] += 200
        Image.fromarray(pixels).save(path)


def reader(way: str) -> Callable[[Path], int]:
    """Return a function that reads all images of a folder in one way and returns their number."""
    if way == "loop":
        return lambda folder: len([_read(path) for path in sorted(folder.rglob("*.png"))])
    if way == "threads":
        return _read_in_threads
    from cae.sources.folder import FolderSource
    from cae.study.steps import import_images

    if way == "load":
        return lambda folder: len(FolderSource(folder).load())

    def imported(folder: Path) -> int:
        with tempfile.TemporaryDirectory() as study:
            return len(import_images(FolderSource(folder), Path(study) / "study"))

    return imported


def _read_in_threads(folder: Path) -> int:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return len(list(pool.map(_read, sorted(folder.rglob("*.png")))))


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def measure(way: str, folder: Path) -> dict[str, float]:
    """Return speed and peak memory of one way, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure all ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images")
    parser.add_argument("--images", type=int, help=f"number of images, {IMAGES} by default")
    parser.add_argument("--folder", type=Path, help="use the PNG files of this folder")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        read = reader(arguments.way)
        wall, cpu = time.perf_counter(), time.process_time()
        count = read(arguments.folder)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = {"images": count, "images/s": count / wall, "cpu": cpu / count, "MB": memory}
        print(json.dumps(figures))  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not arguments.folder:
            write_images(folder, arguments.images or (QUICK_IMAGES if arguments.quick else IMAGES))
        print(f"{'way':<10}{'images':>9}{'images/s':>10}{'CPU ms':>8}{'MB':>7}")  # noqa: T201
        for way in WAYS:
            row = measure(way, folder)
            shown = f"{row['images/s']:>10.0f}{row['cpu'] * 1000:>8.2f}{row['MB']:>7.0f}"
            print(f"{way:<10}{row['images']:>9}{shown}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
