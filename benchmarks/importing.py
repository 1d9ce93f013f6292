"""How fast a folder of small images is imported, beside a bare loop over Pillow, and in how much
memory.

    python benchmarks/importing.py [--quick] [--images N] [--folder DIR]

Both read the same files in the same run, the loop in one thread and, as the import does, in one
for each processor. Peak memory is that of a process of its own for each.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
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


def run(way: str, folder: Path) -> int:
    """Read all images of `folder` in one way and return their number."""
    if way == "loop":
        return len([_read(path) for path in sorted(folder.rglob("*.png"))])
    if way == "threads":
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor() as pool:
            return len(list(pool.map(_read, sorted(folder.rglob("*.png")))))
    from cae.sources.folder import FolderSource

    if way == "load":
        return len(FolderSource(folder).load())
    from cae.study.steps import import_images

    with tempfile.TemporaryDirectory() as study:
        return len(import_images(FolderSource(folder), Path(study) / "study"))


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def measure(way: str, folder: Path) -> dict[str, float]:
    """Return images per second and peak memory in MB of one way, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure all ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images")
    parser.add_argument("--images", type=int, help=f"number of images, {IMAGES} by default")
    parser.add_argument("--folder", type=Path, help="use the PNG files of this folder")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        start = time.perf_counter()
        count = run(arguments.way, arguments.folder)
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = {"images": count, "images/s": count / seconds, "MB": memory}
        print(json.dumps(figures))  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not arguments.folder:
            write_images(folder, arguments.images or (QUICK_IMAGES if arguments.quick else IMAGES))
        print(f"{'way':<10}{'images':>9}{'images/s':>10}{'MB':>7}")  # noqa: T201
        for way in WAYS:
            row = measure(way, folder)
            print(  # noqa: T201
                f"{way:<10}{row['images']:>9}{row['images/s']:>10.0f}{row['MB']:>7.0f}", flush=True
            )


if __name__ == "__main__":
    main()
