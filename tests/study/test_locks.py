"""Eight processes at one study lose nothing that any of them wrote, and make it only once."""

import multiprocessing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.decoding.direction_store import save_direction, saved_directions
from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.latent.direction import Direction
from cae.progress import Progress, silent
from cae.storage import write_table
from cae.study import steps
from cae.study.cluster_names import cluster_names, name_cluster
from cae.study.locks import making, working
from cae.study.study import Study

PROCESSES, EACH = 8, 4
PATIENCE = 240


class Noise:
    """A source in memory that counts how often it is read."""

    spec = "noise"
    reads = 0

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        self.reads += 1
        names = [f"image-{row}" for row in range(90)]
        table = pd.DataFrame({"id": names, "split": "train", "label": None, "patient": None})
        images = np.random.default_rng(0).integers(0, 256, (90, 28, 28, 1), np.uint8)
        return ImageSet(images, table, name="noise")


def write_some(path: Path, number: int, begin: "multiprocessing.Event") -> None:
    """Name a cluster, keep directions, and run a step, as one of several processes."""
    study = Study.open(path)
    begin.wait()
    name_cluster(study, number, f"named by {number}")
    for count in range(EACH):
        vector = np.full(study.latents.shape[1], number + count / 10, np.float32)
        facts = {"kind": "selection"}
        save_direction(study, Direction(f"{number}.{count}", vector, facts))
    try:
        with study.working(), study.step("areas", {"by": number}) as files:
            write_table(
                files.add("local/areas.parquet"), pd.DataFrame({"region 0": [number] * 360})
            )
    except CaeError as error:
        if "Another process is working" not in str(error):
            raise


def make(path: Path, number: int, begin: "multiprocessing.Event") -> None:
    """Make one study together with others; exactly one of them reads the images."""
    source = Noise()
    begin.wait()
    study = steps.import_or_open(source, path, patience=PATIENCE)
    assert len(study) == 90
    (path.parent / f"read-{number}").write_text(str(source.reads))


def at_once(run: object, path: Path) -> list[int | None]:
    """Let eight processes begin at the same moment, and return how they ended."""
    context = multiprocessing.get_context("spawn")
    begin = context.Event()
    processes = [
        context.Process(target=run, args=(path, number, begin)) for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    begin.set()
    for process in processes:
        process.join(PATIENCE)
    return [process.exitcode for process in processes]


def test_eight_processes_lose_no_update(local_study: Study) -> None:
    assert at_once(write_some, local_study.path) == [0] * PROCESSES
    opened = Study.open(local_study.path)
    assert cluster_names(opened) == {n: f"named by {n}" for n in range(PROCESSES)}
    kept = {direction.name for direction in saved_directions(opened)}
    assert kept == {f"{n}.{count}" for n in range(PROCESSES) for count in range(EACH)}
    assert opened.verify() == []
    assert opened.parameters("areas")["by"] in range(PROCESSES)
    assert (opened.areas["region 0"] == opened.parameters("areas")["by"]).all()


def test_eight_processes_that_make_one_study_make_it_once(tmp_path: Path) -> None:
    assert at_once(make, tmp_path / "digits") == [0] * PROCESSES
    reads = [int(path.read_text()) for path in tmp_path.glob("read-*")]
    assert sorted(reads) == [0] * (PROCESSES - 1) + [1]
    assert Study.open(tmp_path / "digits").verify() == []


def test_work_is_refused_where_another_works_and_edits_are_not(digits_study: Study) -> None:
    with working(digits_study.path):
        process = multiprocessing.get_context("spawn").Process(
            target=_refused, args=(digits_study.path,)
        )
        process.start()
        process.join(PATIENCE)
    assert process.exitcode == 0
    assert cluster_names(digits_study) == {0: "while another works"}


def _refused(path: Path) -> None:
    study = Study.open(path)
    with pytest.raises(CaeError, match="Another process is working on the study"):
        study.abandon("train")
    name_cluster(study, 0, "while another works")


def test_a_study_that_is_being_made_is_refused_at_once(tmp_path: Path) -> None:
    with (
        making(tmp_path / "new"),
        pytest.raises(CaeError, match="is making the study"),
        making(tmp_path / "new"),
    ):
        pytest.fail("two make one study")
    assert not (tmp_path / "new").exists()
