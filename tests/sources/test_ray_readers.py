"""A cluster of two processors on this computer, on which one of the readers is killed."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cae.errors import CaeError
from cae.methods.autoencoder import AutoencoderSettings
from cae.sources.dicom.source import DicomSource
from cae.sources.engine import engine_in_use, readers, using
from cae.sources.folder import FolderSource
from cae.sources.nifti.source import NiftiSource
from cae.sources.parquet.source import ParquetSource
from cae.study import steps
from cae.study.embed import embed
from tests.conftest import ROOT, build_digits_study
from tests.sources.dicom.conftest import dicom_file
from tests.sources.nifti.test_source import put

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
    # Else it would join whatever cluster runs on this computer.
    own = {"address": "local", "num_cpus": 2, "include_dashboard": False}
    size = {} if "RAY_ADDRESS" in os.environ else own
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


def test_images_are_encoded_once_each_though_an_encoder_is_killed(cluster, tmp_path, monkeypatch):
    study = build_digits_study(tmp_path / "digits", 90)
    monkeypatch.setattr(steps, "ENCODE_CHUNK", 8)
    steps.encode(study)
    expected = np.array(study.latents)
    monkeypatch.setattr("cae.study.elsewhere._ASKED", DYING)
    done = []
    with using("ray"):
        steps.encode(study, lambda one, total, message="": done.append(one))
    assert int((study.path / ".died").read_text()) != os.getpid()
    assert done == [*range(8, 90, 8), 90]
    np.testing.assert_allclose(np.array(study.latents), expected, rtol=1e-5, atol=1e-6)
    assert len(study.latents) == 90


@pytest.mark.slow
def test_parquet_is_read_and_encoded_as_by_this_computer_though_an_actor_is_killed(
    cluster, folder, tmp_path, monkeypatch
):
    contents = [path.read_bytes() for path in sorted(folder.glob("*.png"))] * 2
    table = pd.DataFrame({"image": contents, "grade": [n % 3 for n in range(len(contents))]})
    place = tmp_path / "shards"
    place.mkdir()
    table.to_parquet(place / "digits.parquet", row_group_size=len(table))
    source = ParquetSource(str(place))
    expected = steps.import_images(source, tmp_path / "plain")
    (place / ".once").touch()
    monkeypatch.setattr("cae.sources.parquet.reading._WORKER", "tests.sources.parquet.dying_reader")
    with using("ray"):
        found = steps.import_images(source, tmp_path / "ray")
    assert int((place / ".died").read_text()) != os.getpid()
    assert found.pixels_digest == expected.pixels_digest
    pd.testing.assert_frame_equal(found.samples, expected.samples)
    pd.testing.assert_frame_equal(found.problems, expected.problems)
    assert len(found) == 118
    settings = AutoencoderSettings(
        architecture="paper", preset="digits", latent=8, width=4, epochs=1
    )
    latents = []
    for study, engine in ((expected, "plain"), (found, "ray")):
        steps.train(study, settings)
        with using(engine):
            steps.encode(study)
        latents.append(np.array(study.latents))
    np.testing.assert_allclose(latents[1], latents[0], rtol=1e-5, atol=1e-6)
    with using("ray"):
        embed(found, "latents", tmp_path / "latents.parquet")
        embed(found, "lite0", tmp_path / "ray.parquet")
    embed(expected, "lite0", tmp_path / "plain.parquet")
    written = {name: _vectors(tmp_path / f"{name}.parquet") for name in ("latents", "ray", "plain")}
    np.testing.assert_array_equal(written["latents"], latents[1])
    np.testing.assert_allclose(written["ray"], written["plain"], rtol=1e-4, atol=1e-5)


def _vectors(path: Path) -> np.ndarray:
    return np.stack(pd.read_parquet(path)["embeddings"].to_numpy())


@pytest.mark.slow
def test_dicom_and_nifti_are_read_as_by_this_computer(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    for number in range(7):
        values = (load_digits().images[number] * 100).astype(np.uint16).repeat(4, 0).repeat(4, 1)
        dicom_file(tmp_path / "export" / f"IM{number}", values, PatientID=f"p{number // 2}")
    (tmp_path / "export" / "IM3").write_bytes(b"no DICOM")
    volumes = np.random.default_rng(0).integers(0, 500, (2, 24, 26, 20)).astype(np.int16)
    for number, volume in enumerate(volumes):
        put(tmp_path / "study" / f"sub-{number}_T1w.nii.gz", volume)
    sources = DicomSource(tmp_path / "export"), NiftiSource(tmp_path / "study")
    for source in sources:
        expected = source.load()
        with using("ray"):
            found = source.load()
        np.testing.assert_array_equal(found.images, expected.images)
        pd.testing.assert_frame_equal(found.table, expected.table)
        pd.testing.assert_frame_equal(found.problems, expected.problems)


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
