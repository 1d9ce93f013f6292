"""A source of nothing but one file that cannot be used says so in a sentence, whatever it is."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.sources import parse
from cae.sources.vectors import read_vectors
from tests.sources.dicom.conftest import dicom_file
from tests.sources.nifti.test_source import put

VALUES = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint16)
KINDS = {
    "folder": "a.png",
    "dicom": "a.dcm",
    "nifti": "a.nii.gz",
    "parquet": "a.parquet",
    "npz": "a.npz",
}


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path_factory.mktemp("home")))


def whole(kind, path):
    """Return the bytes of a file of the kind that can be used."""
    if kind == "folder":
        Image.fromarray(VALUES.astype(np.uint8)).save(path)
    elif kind == "dicom":
        dicom_file(path, VALUES)
    elif kind == "nifti":
        put(path, VALUES[..., None].repeat(16, -1))
    elif kind == "parquet":
        picture = io.BytesIO()
        Image.fromarray(VALUES.astype(np.uint8)).save(picture, "PNG")
        pq.write_table(pa.table({"image": [picture.getvalue()] * 4}), path)
    else:
        np.savez(path, train_images=VALUES.astype(np.uint8)[None], train_labels=np.zeros((1, 1)))
    return path.read_bytes()


def said(source):
    with pytest.raises(CaeError) as caught:
        source()
    return str(caught.value)


@pytest.mark.parametrize("length", [0, 140, -40])
@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_a_file_that_is_empty_or_cut_off(tmp_path, kind, name, length):
    file = tmp_path / "set" / name
    file.parent.mkdir()
    file.write_bytes(whole(kind, file)[:length])
    source = parse(f"{kind}:{file if kind == 'npz' else file.parent}")
    sentence = said(source.load)
    assert sentence.startswith(("None of the 1 ", str(tmp_path)))
    assert name in sentence or "holds no DICOM files" in sentence
    assert sentence.endswith(".") and not sentence.endswith("..")


@pytest.mark.parametrize("kind", ["dicom", "nifti"])
def test_a_file_that_is_to_be_shown_alone(tmp_path, kind):
    file = tmp_path / KINDS[kind]
    file.write_bytes(whole(kind, file)[:200])
    assert said(lambda: parse(f"{kind}:{tmp_path}").examples(1)).endswith(".")


@pytest.mark.parametrize("kind", ["folder", "dicom", "nifti", "parquet"])
def test_a_file_behind_an_address(tmp_path, kind):
    fsspec = pytest.importorskip("fsspec")
    file = tmp_path / KINDS[kind]
    fsspec.filesystem("memory").pipe(f"/one-{kind}/{file.name}", whole(kind, file)[:140])
    sentence = said(parse(f"{kind}:memory://one-{kind}").load)
    assert f"memory://one-{kind}" in sentence
    assert sentence.endswith(".") and not sentence.endswith("..")


def test_rows_of_parquet_that_hold_no_images(tmp_path):
    pq.write_table(pa.table({"image": [b"no picture", None]}), tmp_path / "a.parquet")
    sentence = said(parse(f"parquet:{tmp_path}").load)
    assert sentence.startswith("None of the 2 rows in ")
    assert sentence.endswith(" image.")


def test_a_file_of_vectors(tmp_path):
    for name in ("a.npz", "a.npy", "a.parquet", "a.csv"):
        (tmp_path / name).write_bytes(b"\0" * 9)
        assert name in said(lambda name=name: read_vectors(tmp_path / name, [["1"]]))
