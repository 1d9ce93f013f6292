"""A study of somebody else: what its files claim is compared with what they hold."""

import os
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cae.errors import CaeError
from cae.storage import write_array, write_table
from cae.study.contents import count_rows, read_clusters, read_images, read_projection, read_samples
from cae.study.study import Study
from cae.study.verify import verify


def sparse(path, shape):
    """An array of zeros of which the disk holds only the header."""
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(file, header)
        file.truncate(file.tell() + int(np.prod(shape)))


def test_a_sparse_file_of_50_gb_is_refused_in_no_memory(digits_study: Study):
    path = digits_study.file("images.npy")
    sparse(path, (360, 11_785, 11_785, 1))
    assert path.stat().st_size > 49e9
    tracemalloc.start()
    with pytest.raises(CaeError, match=r"claims 50\.0 GB, but holds .* MB on the disk"):
        _ = digits_study.images
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((359, 28, 28, 1), np.uint8),
        np.zeros((360, 28, 28), np.uint8),
        np.zeros((360, 28, 28, 2), np.uint8),
        np.zeros((360, 0, 28, 1), np.uint8),
        np.zeros((360, 28, 28, 1), np.float32),
    ],
    ids=lambda images: f"{images.shape} {images.dtype}",
)
def test_images_must_be_as_many_as_the_table_has(digits_study: Study, images):
    write_array(digits_study.file("images.npy"), images)
    with pytest.raises(CaeError, match="images.npy is damaged"):
        read_images(digits_study.file("images.npy"), 360)
    assert "images.npy" in [damage.file for damage in verify(digits_study)]


def test_a_point_without_a_position_is_refused(tmp_path):
    points = np.zeros((3, 2), np.float32)
    points[1, 1] = np.nan
    write_array(tmp_path / "a.npy", points)
    with pytest.raises(CaeError, match="a point has no position"):
        read_projection(tmp_path / "a.npy", 3)


def test_a_text_that_is_stored_once_for_all_rows_is_refused_before_it_is_spread(tmp_path):
    codes = pa.array(np.zeros(4_000_000, np.int32))
    texts = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 1_000_000]))
    table = pa.table({"id": texts}).cast(pa.schema({"id": texts.type}))
    pq.write_table(table, tmp_path / "a.parquet", store_schema=False)
    assert (tmp_path / "a.parquet").stat().st_size < 1e6
    assert count_rows(tmp_path / "a.parquet") == 4_000_000
    with pytest.raises(CaeError, match=r"needs \d+\.\d GB of memory"):
        read_samples(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (pd.DataFrame({"label": ["a"]}), "the column id"),
        (pd.DataFrame({"id": ["a", "a"]}), "the column id"),
        (pd.DataFrame({"id": ["a", None]}), "the column id"),
        (pd.DataFrame({"id": ["a"], "x": [[1, 2]]}), "column 'x' holds list"),
        (pd.DataFrame({"id": ["a"], "x": [b"1"]}), "column 'x' holds binary"),
    ],
)
def test_samples_are_plain_columns_with_ids(tmp_path, table, reason):
    write_table(tmp_path / "a.parquet", table)
    with pytest.raises(CaeError, match=reason):
        read_samples(tmp_path / "a.parquet")


def test_samples_without_split_label_and_patient_have_unknown_ones(tmp_path):
    write_table(tmp_path / "a.parquet", pd.DataFrame({"id": [7, 8], "age": [1.5, 2.5]}))
    table = read_samples(tmp_path / "a.parquet")
    assert table["id"].tolist() == ["7", "8"]
    assert table["split"].tolist() == ["train", "train"]
    assert table[["label", "patient"]].isna().all(axis=None)
    assert table["age"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    "changes", [{"cluster": [0, 1]}, {"probability": [0.5, np.nan]}, {"cluster": [-2, 0]}]
)
def test_clusters_are_numbers_of_every_image(tmp_path, changes):
    whole = {"cluster": [0, 1], "probability": [0.5, 1.0], "outlier_score": [0.0, 0.0]}
    write_table(tmp_path / "a.parquet", pd.DataFrame({**whole, **changes}))
    count = 3 if changes == {"cluster": [0, 1]} else 2
    with pytest.raises(CaeError, match="a.parquet is damaged"):
        read_clusters(tmp_path / "a.parquet", count)


@pytest.mark.parametrize("name", ["images.npy", "cohorts.db", "runs", ".edit.lock"])
def test_a_link_out_of_the_folder_is_refused(digits_study: Study, tmp_path, name):
    (tmp_path / "outside").mkdir()
    path = digits_study.path / name
    if os.path.lexists(path):
        path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "outside")
    with pytest.raises(CaeError, match=f"{name} is a link that leads out of the folder"):
        Study.open(digits_study.path)


def test_a_link_within_the_folder_is_followed(digits_study: Study):
    path = digits_study.file("images.npy")
    path.rename(path.with_name("other.npy"))
    path.symlink_to("other.npy")
    assert Study.open(digits_study.path).images.shape == (360, 28, 28, 1)


@pytest.mark.parametrize("name", ["report.json", "directions.json", "cluster_names.json"])
def test_verify_finds_what_no_step_has_written(digits_study: Study, name):
    assert verify(digits_study) == []
    (digits_study.path / name).write_text('{"format": []}')
    assert [(damage.file, damage.step) for damage in verify(digits_study)] == [(name, "")]


def test_a_path_out_of_the_folder_is_refused_with_its_key(digits_study: Study):
    file = digits_study.path / "study.json"
    file.write_text(file.read_text().replace('"runs/encode-1"', '"../../etc"'))
    with pytest.raises(CaeError, match=r"steps\.encode\.at should be a path inside the folder"):
        Study.open(digits_study.path)
