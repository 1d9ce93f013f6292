import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.sources.vectors import read_vectors

IDS = ["007", "a-1", "b/2.png", "c"]
FILES = ["scans/x.png", "scans/y.png", "scans/z.png", "scans/w.png"]
KEYS = [IDS, FILES]
VECTORS = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
ORDER = [2, 0, 3, 1]


def as_npy(path, names, vectors):
    np.save(path, vectors)


def as_npz(path, names, vectors):
    np.savez(path, ids=np.array(names), embeddings=vectors, other=np.zeros((2, 2, 2)))


def as_columns(path, names, vectors):
    table = pd.DataFrame(vectors).add_prefix("f").assign(id=names)
    table.to_parquet(path) if path.suffix == ".parquet" else table.to_csv(
        path, index=False, sep="\t" if path.suffix == ".tsv" else ","
    )


def as_lists(path, names, vectors):
    pd.DataFrame({"image": names, "embedding": list(vectors)}).to_parquet(path)


NAMED = [
    ("v.npz", as_npz),
    ("v.parquet", as_columns),
    ("v.parquet", as_lists),
    ("v.csv", as_columns),
    ("v.tsv", as_columns),
]


@pytest.mark.parametrize(("file", "write"), NAMED)
def test_vectors_go_to_the_images_that_they_name(tmp_path: Path, file, write):
    write(tmp_path / file, [IDS[i] for i in ORDER], VECTORS[ORDER])
    found = read_vectors(tmp_path / file, KEYS)
    np.testing.assert_allclose(found.array, VECTORS, rtol=1e-6)
    assert found.array.dtype == np.float32
    assert found.notes == ("4 vectors were matched to images by name.",)


@pytest.mark.parametrize("names", [FILES, ["x", "y", "z", "w"], [f"/data/{f}" for f in FILES]])
def test_files_name_images_too(tmp_path: Path, names):
    as_columns(tmp_path / "v.csv", [names[i] for i in ORDER], VECTORS[ORDER])
    np.testing.assert_allclose(read_vectors(tmp_path / "v.csv", KEYS).array, VECTORS, rtol=1e-6)


NUMBERED = [f"{folder}/{i}.png" for folder in ("benign", "malignant") for i in range(1, 13)]


@pytest.mark.parametrize("files", [NUMBERED[:12], [f"{i}.png" for i in (1, 10, 11, 12, 2, 3)]])
@pytest.mark.parametrize("ending", ["", ".png"])
def test_numbers_that_name_files_are_not_taken_for_running_ids(tmp_path: Path, files, ending):
    ids = [f"{i:06d}" for i in range(len(files))]
    numbers = [int(Path(file).stem) for file in files]
    names = [f"{number}{ending}" for number in numbers[::-1]]
    np.savez(tmp_path / "v.npz", ids=np.array(names), embeddings=[[n, 1] for n in numbers[::-1]])
    assert read_vectors(tmp_path / "v.npz", [ids, files]).array[:, 0].tolist() == numbers


def test_names_that_are_ids_and_files_of_other_images_are_refused(tmp_path: Path):
    ids, files = ["0", "1", "2"], ["a/2.png", "a/0.png", "a/1.png"]
    np.savez(tmp_path / "v.npz", ids=np.array(ids), embeddings=np.eye(3))
    with pytest.raises(CaeError, match="'0' is the id of a/2.png and the name of a/0.png"):
        read_vectors(tmp_path / "v.npz", [ids, files])
    same = [f"a/{name}.png" for name in ids]
    assert (read_vectors(tmp_path / "v.npz", [ids, same]).array == np.eye(3)).all()


def test_ids_and_files_that_are_one_number_apart(tmp_path: Path):
    ids = [f"{i:02d}" for i in range(1, 6)]
    files = [f"{i:02d}.png" for i in (0, 1, 2, 4, 5)]  # the fourth could not be read
    named = [f"{i:02d}" for i in range(6)]
    np.savez(tmp_path / "v.npz", ids=np.array(named), embeddings=[[i, 1] for i in range(6)])
    with pytest.raises(CaeError, match="'01' is the id of 00.png and the name of 01.png"):
        read_vectors(tmp_path / "v.npz", [ids, files])
    np.savez(tmp_path / "v.npz", ids=np.array(ids), embeddings=[[i, 1] for i in range(5)])
    assert read_vectors(tmp_path / "v.npz", [ids, files]).array[:, 0].tolist() == list(range(5))


def test_zeros_before_an_id_are_laid_aside_where_no_file_is_called_so(tmp_path: Path):
    np.savez(tmp_path / "v.npz", ids=np.array(["1", "0"]), embeddings=[[1.0, 0.0], [0.0, 0.0]])
    found = read_vectors(tmp_path / "v.npz", [["000", "001"], ["x.png", "y.png"]])
    assert found.array[:, 0].tolist() == [0, 1]


def test_without_names_the_order_counts(tmp_path: Path):
    np.save(tmp_path / "v.npy", VECTORS.astype(np.float64))
    found = read_vectors(tmp_path / "v.npy", KEYS)
    np.testing.assert_array_equal(found.array, VECTORS)
    assert "in their order" in found.notes[0]
    np.save(tmp_path / "v.npy", VECTORS[:3])
    with pytest.raises(CaeError, match="3 vectors for 4 images"):
        read_vectors(tmp_path / "v.npy", KEYS)


def test_counts_are_said(tmp_path: Path):
    vectors = VECTORS.copy()
    vectors[:, 2], vectors[3] = 1, vectors[1]
    vectors[:, 2] = 1
    names = [*IDS, "007", "stranger"]
    rows = [0, 1, 2, 3, 0, 1]
    table = pd.DataFrame(vectors[rows]).add_prefix("f").assign(id=names, word="text")
    table.to_csv(tmp_path / "v.csv", index=False)
    assert read_vectors(tmp_path / "v.csv", KEYS).notes == (
        "Columns that are no part of the vectors were left out: word.",
        "4 vectors were matched to images by name.",
        "1 vectors stood there twice.",
        "1 vectors are of no image of this set and were left out.",
        "Exactly the vector of another image: 1 image.",
        "The same in all vectors: 1 of 5 numbers.",
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_other_columns_of_numbers_are_no_part_of_vectors(tmp_path: Path, suffix):
    path = tmp_path / f"v.{suffix}"
    table = pd.DataFrame(VECTORS).add_prefix("f").assign(id=IDS, age=[1, 2, 3, 4]).iloc[ORDER]
    table.to_csv(path) if suffix == "csv" else table.to_parquet(path)
    np.testing.assert_allclose(read_vectors(path, KEYS).array, VECTORS, rtol=1e-6)
    unlike = table.rename(columns=lambda name: {"f1": "area", "f2": "mean"}.get(name, name))
    unlike = unlike[["id", "f0", "area", "mean", "age"]]
    unlike.to_csv(path) if suffix == "csv" else unlike.to_parquet(path)
    assert read_vectors(path, KEYS).array.shape == (4, 4)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
@pytest.mark.parametrize(("file", "write"), [("v.npy", as_npy), *NAMED])
def test_what_is_no_number_is_refused_with_the_image(tmp_path: Path, odd, file, write):
    vectors = VECTORS.copy()
    vectors[1, 3] = odd
    write(tmp_path / file, IDS, vectors)
    with pytest.raises(CaeError, match="for 1 image, such as a-1;"):
        read_vectors(tmp_path / file, KEYS)


def test_images_without_a_vector_and_with_two_are_refused(tmp_path: Path):
    as_columns(tmp_path / "v.csv", IDS[:2], VECTORS[:2])
    with pytest.raises(CaeError, match="no vector for 2 of 4 images, such as b/2.png, c;"):
        read_vectors(tmp_path / "v.csv", KEYS)
    as_columns(tmp_path / "v.csv", [*IDS, "c"], VECTORS[[0, 1, 2, 3, 0]])
    with pytest.raises(CaeError, match="several vectors for the image c, which differ"):
        read_vectors(tmp_path / "v.csv", KEYS)


def test_nothing_is_unpickled(tmp_path: Path):
    marker = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return Path.touch, (marker,)

    objects = np.array([Evil()] * 4, dtype=object)
    np.save(tmp_path / "v.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "v.npz", latents=objects)
    (tmp_path / "p.npy").write_bytes(pickle.dumps(Evil()))
    for file in ("v.npy", "v.npz", "p.npy"):
        with pytest.raises(CaeError):
            read_vectors(tmp_path / file, KEYS)
    assert not marker.exists()


@pytest.mark.parametrize("file", ["v.npy", "v.npz", "v.parquet", "v.csv", "v.tsv", "v.pt"])
@pytest.mark.parametrize("contents", [b"", b"\x00\x01garbage\xff", b"id,f0\na,b\n"])
def test_damage_is_a_sentence(tmp_path: Path, file, contents):
    (tmp_path / file).write_bytes(contents)
    with pytest.raises(CaeError, match=file):
        read_vectors(tmp_path / file, KEYS)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 2, 2)])
def test_other_shapes_are_refused(tmp_path: Path, shape):
    np.save(tmp_path / "v.npy", np.zeros(shape))
    with pytest.raises(CaeError):
        read_vectors(tmp_path / "v.npy", KEYS)
    with pytest.raises(CaeError, match="There is no file"):
        read_vectors(tmp_path / "none.npy", KEYS)


def test_decimal_commas_are_read_and_whole_columns_among_them(tmp_path):
    table = pd.DataFrame(
        VECTORS.astype(np.float64), columns=[f"f{n}" for n in range(VECTORS.shape[1])]
    )
    table.insert(0, "id", IDS)
    table["f0"] = np.arange(len(table))
    expected = table.drop(columns="id").to_numpy()
    table.to_csv(tmp_path / "v.csv", sep=";", decimal=",", index=False, encoding="utf-8-sig")
    np.testing.assert_allclose(read_vectors(tmp_path / "v.csv", KEYS).array, expected, rtol=1e-6)


def test_names_that_no_image_has_are_shown_beside_those_it_has(tmp_path):
    as_columns(tmp_path / "v.csv", ["0.1", "0.7", "0.3", "0.5"], VECTORS)
    with pytest.raises(CaeError, match="names its vectors '0.1', '0.7', '0.3', …, and no image"):
        read_vectors(tmp_path / "v.csv", KEYS)
