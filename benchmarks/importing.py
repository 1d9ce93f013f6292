"""How fast a folder of small images is imported beside a bare loop over Pillow, and in what memory.

    python benchmarks/importing.py [--quick] [--images N] [--side PIXELS] [--repeats N]

The PNG files are made first. The loop opens, converts and keeps one image after another; *threads*
is the same in one thread for each processor; *import* makes a study of the folder. All read the
same files, in turn, each in a process of its own whose time begins when its modules are loaded.

Images per second are the median of the repeats. CPU ms is the processor's time for an image, of
all threads and of the processes that read for it. MB is the largest anonymous memory, that is
without what is mapped from files, of the process and, behind the plus sign, of those that read for
it. The import is also measured for fewer images, as its memory should not follow their number.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

SIDE = 64
IMAGES = 100_000
QUICK_IMAGES = 5_000
FOLDERS = 100
REPEATS = 5
SHARES = (0.1, 0.3, 1.0)
WAYS = ("loop", "threads", "import")
_SAMPLE_SECONDS = 0.05


def write_images(folder: Path, count: int, side: int) -> None:
    """Write `count` grey PNG files of noise that compresses, in a hundred folders."""
    random = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number % FOLDERS:02d}" / f"{number:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 32, (side, side), np.uint8)
        left = number % (side * 3 // 4)
        pixels[side // 4 : side * 3 // 4, left : left + side // 4] += 200
        Image.fromarray(pixels).save(path)


def link_images(folder: Path, part: Path, share: float) -> Path:
    """Make a folder that holds a share of the files of another, and return it."""
    for inner in sorted(folder.iterdir())[: round(share * FOLDERS)]:
        (part / inner.name).mkdir(parents=True)
        for path in inner.iterdir():
            (part / inner.name / path.name).hardlink_to(path)
    return part


def reader(way: str) -> Callable[[Path], int]:
    """Return a function that reads all images of a folder in one way and returns their number."""
    if way == "loop":
        return lambda folder: len([_read(path) for path in sorted(folder.rglob("*.png"))])
    if way == "threads":
        return _read_in_threads
    from cae.sources.folder import FolderSource
    from cae.study.steps import import_images

    def imported(folder: Path) -> int:
        with tempfile.TemporaryDirectory(dir=folder.parent) as study:
            return len(import_images(FolderSource(folder), Path(study) / "study"))

    return imported


def _read_in_threads(folder: Path) -> int:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return len(list(pool.map(_read, sorted(folder.rglob("*.png")))))


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


class Memory:
    """The largest anonymous memory of this process and of its children, MB, while it is watched."""

    def __init__(self) -> None:
        self.own = self.readers = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        is_last = False
        while not is_last:
            is_last = self._ended.wait(_SAMPLE_SECONDS)
            children = sum(anonymous(child.pid) for child in process.children(recursive=True))
            self.own = max(self.own, anonymous(process.pid))
            self.readers = max(self.readers, children)


def anonymous(process: int | str = "self") -> float:
    """Return the anonymous memory of a process, by its number, MB; none where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def measure(way: str, folder: Path) -> dict[str, float]:
    """Return speed and peak memory of one way, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measured_here(way: str, folder: Path) -> dict[str, float]:
    """Return speed and peak memory of one way in this process."""
    read = reader(way)
    start, used = time.perf_counter(), processor_seconds()
    with Memory() as memory:
        count = read(folder)
    seconds, used = time.perf_counter() - start, processor_seconds() - used
    return {
        "images": count,
        "images/s": count / seconds,
        "cpu": used / count * 1000,
        "MB": memory.own,
        "readers": memory.readers,
    }


def processor_seconds() -> float:
    """Return the processor's time of this process and of its children that have ended."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def compare(folder: Path, shares: tuple[float, ...], repeats: int) -> None:
    """Measure all ways in turn and print a table."""
    parts = {
        share: folder if share == 1 else link_images(folder, folder.parent / f"{share}", share)
        for share in shares
    }
    runs = [(way, 1.0) for way in WAYS if way != "import"] + [("import", share) for share in shares]
    found: dict[tuple[str, float], list[dict[str, float]]] = {run: [] for run in runs}
    for _ in range(repeats):
        for way, share in runs:
            found[way, share].append(measure(way, parts[share]))
    print(f"| way | images | images/s (lowest–highest of {repeats}) | CPU ms per image | peak MB |")  # noqa: T201
    print("|---|---|---|---|---|")  # noqa: T201
    for (way, _), rows in found.items():
        speeds = [row["images/s"] for row in rows]
        cpu = statistics.median(row["cpu"] for row in rows)
        own, readers = (max(row[name] for row in rows) for name in ("MB", "readers"))
        memory = f"{own:.0f}" + (f" + {readers:.0f}" if readers else "")
        speed = f"{statistics.median(speeds):.0f} ({min(speeds):.0f}–{max(speeds):.0f})"
        print(f"| {way} | {rows[0]['images']:,} | {speed} | {cpu:.2f} | {memory} |")  # noqa: T201


def main() -> None:
    """Make the files, measure all ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images, once")
    parser.add_argument("--images", type=int, help=f"number of images, {IMAGES} by default")
    parser.add_argument("--side", type=int, default=SIDE, help=f"pixels, {SIDE} by default")
    parser.add_argument("--repeats", type=int, help=f"number of runs, {REPEATS} by default")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        print(json.dumps(measured_here(arguments.way, arguments.folder)))  # noqa: T201
        return
    count = arguments.images or (QUICK_IMAGES if arguments.quick else IMAGES)
    repeats = arguments.repeats or (1 if arguments.quick else REPEATS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "images")
        write_images(folder, count, arguments.side)
        compare(folder, SHARES, repeats)


if __name__ == "__main__":
    main()
