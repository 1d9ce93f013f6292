"""Many images leave in little memory, and an export that is killed leaves nothing broken."""

import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cae.cohorts.cohort import Cohort
from cae.cohorts.selection import Selection
from cae.export.cohort import CohortExport, export_cohort
from cae.export.formats import FORMATS
from cae.imageset import ImageSet
from cae.sources import parse
from cae.study.steps import import_images
from cae.study.study import Study

MANY, SIDE = 20_000, 64
STATUS = Path("/proc/self/status")
WITHOUT_LATENTS = tuple(name for name, one in FORMATS.items() if not one.needs_latents)
posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is that of POSIX")
linux = pytest.mark.skipif(not STATUS.exists(), reason="memory is asked of Linux")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images that hold 82 MB, and nothing made of them."""
    images = np.zeros((MANY, SIDE, SIDE, 1), np.uint8)
    images[:, :2, :2] = np.random.default_rng(0).integers(0, 256, (MANY, 2, 2, 1))
    rows = np.arange(MANY)
    table = pd.DataFrame(
        {
            "id": [f"scan-{row:05d}" for row in rows],
            "split": "train",
            "label": np.where(rows % 3, "well", "ill"),
            "patient": [f"patient {row // 4}" for row in rows],
        }
    )
    folder = tmp_path_factory.mktemp("large") / "study"
    Study.create(folder, ImageSet(images, table, name="large"), source="large")
    return folder


def cohort(study: Study, name: str, count: int) -> Cohort:
    event = {"kind": "ids"}
    return study.cohorts.save(name, Selection.empty().combine(np.arange(count), "replace", event))


def held() -> int:
    """Return the bytes that this process holds itself, without files that it has mapped."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


@contextmanager
def watched(peaks: list[int]) -> Iterator[None]:
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.005):
            peaks.append(held())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@linux
def test_twenty_thousand_images_leave_in_little_memory(large, tmp_path):
    study = Study.open(large)
    few = CohortExport(cohort(study, "few", 600), WITHOUT_LATENTS, folds=5)
    export_cohort(study, few, tmp_path / "few.zip")
    what, peaks, before = CohortExport(cohort(study, "all", MANY), WITHOUT_LATENTS, 5), [], held()
    with watched(peaks):
        out = export_cohort(study, what, tmp_path / "all.zip")
    with zipfile.ZipFile(out) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == MANY
    # What tables and the zip's own list take per file; an image has half as much again.
    assert max(peaks) - before < MANY * 2730


KILLED = """
import sys
from pathlib import Path
from cae.export.cohort import CohortExport, export_cohort
from cae.export.formats import FORMATS
from cae.study.study import Study

study = Study.open(Path(sys.argv[1]))
what = CohortExport(study.cohorts.get_by_name("some"), ("embedding-atlas",), images=sys.argv[3])
tell = lambda done, total, message="": print(message, done, flush=True)
export_cohort(study, what, Path(sys.argv[2]), identifying=True, progress=tell)
"""


def killed(study: Path, out: Path, images: str, when: bytes) -> int:
    """Export the cohort "some" until it says `when`, kill it, and return how it ended."""
    command = [sys.executable, "-c", KILLED, str(study), str(out), images]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert when in iter(process.stdout.readline, b"")
        process.send_signal(signal.SIGKILL)
    return process.returncode


@posix
def test_an_export_that_is_killed_leaves_no_broken_file(large, tmp_path):
    study = Study.open(large)
    some = cohort(study, "some", MANY // 2)
    out = tmp_path / "out.zip"
    out.write_text("old")
    assert killed(large, out, "rendered", b"images 50\n") == -signal.SIGKILL
    assert out.read_text() == "old"
    first = export_cohort(study, CohortExport(some), out).read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["out.zip"]
    assert export_cohort(study, CohortExport(some), tmp_path / "again.zip").read_bytes() == first


@pytest.fixture
def with_files(tmp_path: Path) -> Study:
    """Images of a folder with masks beside them."""
    folder, random = tmp_path / "scans", np.random.default_rng(0)
    (folder / "masks").mkdir(parents=True)
    for number in range(300):
        for within, values in (("", 256), ("masks/", 2)):
            pixels = random.integers(0, values, (28, 28), np.uint8)
            Image.fromarray(pixels).save(folder / f"{within}{number:03d}.png")
    return import_images(parse(f"folder:{folder}"), tmp_path / "study")


@posix
@pytest.mark.parametrize("place", ["out.zip", "out"])
@pytest.mark.parametrize("when", [b"images 250\n", b"original files 100\n"])
def test_one_with_masks_and_originals_that_is_killed_leaves_none_either(
    with_files, tmp_path, place, when
):
    what = CohortExport(cohort(with_files, "some", 300), images="both")
    written = tmp_path / "written"
    written.mkdir()
    out = written / place
    assert killed(with_files.path, out, "both", when) == -signal.SIGKILL
    assert not out.exists()
    export_cohort(with_files, what, out, identifying=True)
    assert [file.name for file in written.iterdir()] == [place]
    if place == "out.zip":
        with zipfile.ZipFile(out) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
        for part in ("images", "masks", "originals"):
            assert sum(name.startswith(f"{part}/") for name in names) == 300
        again = export_cohort(with_files, what, written / "again.zip", identifying=True)
        assert again.read_bytes() == out.read_bytes()
