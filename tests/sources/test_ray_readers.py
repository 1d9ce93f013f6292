"""A cluster of two processors on this computer, on which one of the readers is killed."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cae.errors import CaeError
from cae.sources.engine import engine_in_use, readers, using
from cae.sources.folder import FolderSource
from cae.study import steps
from tests.conftest import ROOT, build_digits_study

DYING = "tests.sources.dying_reader"


def test_an_engine_that_there_is_not_is_refused():
    with (
        pytest.raises(CaeError, match="no engine 'spark'; choose one of plain, ray"),
        using("spark"),
    ):
        pytest.fail("It was taken.")
    assert engine_in_use() == "plain"


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason="ray is not installed")
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    size = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": 2, "include_dashboard": False}
    ray.init(
        **size,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}},
    )
    yield
    ray.shutdown()


@pytest.fixture
def folder(tmp_path) -> Path:
    """Sixty pictures of two sizes, one of them in colour, one no picture at all, and a table."""
    found = tmp_path / "scans"
    found.mkdir()
    for number, image in enumerate(load_digits().images[:60]):
        pixels = (image * (255 / 16)).astype(np.uint8).repeat(4, 0).repeat(3 + number % 2, 1)
        picture = Image.fromarray(pixels)
        if number == 31:
            picture = Image.merge("RGB", (picture, picture, picture.transpose(0)))
        picture.save(found / f"{number:02d}.png")
    (found / "05.png").write_bytes(b"no picture")
    rows = [f"{number:02d}.png,{number % 3}" for number in range(60)]
    (found / "scans.csv").write_text("\n".join(["file,grade", *rows]))
    return found


@pytest.mark.slow
def test_a_folder_is_read_as_by_this_computer_though_a_reader_is_killed(
    cluster, folder, monkeypatch
):
    expected = FolderSource(folder).load()
    monkeypatch.setattr("cae.sources.pictures._WORKER", DYING)
    with using("ray"):
        found = FolderSource(folder).load()
    assert int((folder / ".died").read_text()) != os.getpid()
    np.testing.assert_array_equal(found.images, expected.images)
    pd.testing.assert_frame_equal(found.table, expected.table)
    pd.testing.assert_frame_equal(found.problems, expected.problems)
    assert found.notes == expected.notes


@pytest.mark.slow
def test_images_are_encoded_once_each_though_an_encoder_is_killed(cluster, tmp_path, monkeypatch):
    study = build_digits_study(tmp_path / "digits", 90)
    monkeypatch.setattr(steps, "ENCODE_CHUNK", 8)
    steps.encode(study)
    expected = np.array(study.latents)
    monkeypatch.setattr(steps, "_PART", DYING)
    done = []
    with using("ray"):
        steps.encode(study, lambda one, total, message="": done.append(one))
    assert int((study.path / ".died").read_text()) != os.getpid()
    assert done == [*range(8, 90, 8), 90]
    np.testing.assert_allclose(np.array(study.latents), expected, rtol=1e-5, atol=1e-6)
    assert len(study.latents) == 90


@pytest.mark.slow
def test_what_is_asked_meanwhile_and_reasons_are_answered_in_order(cluster, folder):
    paths = [str(folder / f"{number:02d}.png") for number in range(4)]
    asked = [{"paths": [path]} for path in paths]
    with using("ray"), readers("cae.sources.picture_worker") as some:
        answers = some.ask(asked)
        first = [header for header, _ in next(answers)]
        within = [header for told in some.ask(asked) for header, _ in told]
        rest = [header for told in answers for header, _ in told]
    assert [*first, *rest] == within
    assert [one["found"][0]["side"] for one in within] == [32, 32, 32, 32]
