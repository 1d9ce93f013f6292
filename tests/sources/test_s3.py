"""Sources in the buckets of an S3 server on this computer."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import s3fs
from moto.server import ThreadedMotoServer
from PIL import Image
from sklearn.datasets import load_digits

from cae import open_study
from cae.errors import CaeError
from cae.sources import parse
from cae.sources.engine import using
from cae.study import steps
from cae.study.verify import verify
from tests.conftest import ROOT, build_digits_study


@pytest.fixture(scope="module")
def bucket():
    """Store a file in the bucket ``clinic`` of a server that is there for these tests."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        files = s3fs.S3FileSystem()
        files.mkdir("clinic")
        yield lambda name, path: files.pipe_file(f"clinic/{name}", Path(path).read_bytes())
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture
def cluster(bucket):
    """A Ray cluster of two processors, whose processes know the server."""
    ray = pytest.importorskip("ray", reason="ray is not installed")
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    told = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {**told, "PYTHONPATH": str(ROOT)}},
    )
    yield
    ray.shutdown()


@pytest.fixture
def folder(tmp_path) -> Path:
    found = tmp_path / "scans"
    found.mkdir()
    for number, image in enumerate(load_digits().images[:40]):
        pixels = (image * (255 / 16)).astype(np.uint8).repeat(4, 0).repeat(4, 1)
        Image.fromarray(pixels).save(found / f"{number:02d}.png")
    rows = [f"{number:02d}.png,{number % 3}" for number in range(40)]
    (found / "scans.csv").write_text("\n".join(["file,grade", *rows]))
    return found


def test_a_folder_in_a_bucket(bucket, folder):
    for path in folder.iterdir():
        bucket(f"scans/{path.name}", path)
    found = parse("folder:s3://clinic/scans").load()
    expected = parse(f"folder:{folder}").load()
    np.testing.assert_array_equal(found.images, expected.images)
    pd.testing.assert_frame_equal(found.table, expected.table)
    with pytest.raises(CaeError, match="There is nothing at s3://clinic/scan;"):
        parse("folder:s3://clinic/scan").load()
    with pytest.raises(CaeError, match="s3://elsewhere"):
        parse("folder:s3://elsewhere/scans").load()


def test_parquet_files_in_a_bucket_are_read_there(bucket, folder, tmp_path):
    contents = [path.read_bytes() for path in sorted(folder.glob("*.png"))]
    table = pd.DataFrame({"image": contents, "grade": [n % 3 for n in range(len(contents))]})
    table.to_parquet(tmp_path / "digits.parquet", row_group_size=15)
    bucket("sets/digits.parquet", tmp_path / "digits.parquet")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    found = parse("parquet:s3://clinic/sets").load(scratch=scratch)
    expected = parse(f"parquet:{tmp_path / 'digits.parquet'}").load()
    np.testing.assert_array_equal(found.images, expected.images)
    assert found.table["label"].tolist() == expected.table["label"].tolist()


@pytest.mark.slow
def test_a_cluster_reads_parquet_files_in_a_bucket_itself(bucket, folder, tmp_path, cluster):
    contents = [path.read_bytes() for path in sorted(folder.glob("*.png"))]
    pd.DataFrame({"image": contents}).to_parquet(tmp_path / "digits.parquet", row_group_size=15)
    bucket("clustered/digits.parquet", tmp_path / "digits.parquet")
    expected = parse(f"parquet:{tmp_path / 'digits.parquet'}").load()
    with using("ray"):
        found = parse("parquet:s3://clinic/clustered").load()
    np.testing.assert_array_equal(found.images, expected.images)
    assert found.problems.empty


def test_a_study_in_a_bucket_opens_read_only(bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    study = build_digits_study(tmp_path / "digits", 40)
    for path in study.path.rglob("*"):
        if path.is_file():
            bucket(f"studies/digits/{path.relative_to(study.path).as_posix()}", path)
    found = open_study("s3://clinic/studies/digits")
    np.testing.assert_array_equal(found.latents, study.latents)
    assert verify(found) == []
    with pytest.raises(CaeError, match="s3://clinic/studies/digits is opened read-only"):
        steps.encode(found)


def test_a_server_that_is_not_there_is_a_sentence(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(CaeError, match=r"s3://clinic/scans cannot be read \(.*127.0.0.1:9"):
        parse("folder:s3://clinic/scans").load()
    s3fs.S3FileSystem.clear_instance_cache()
