import io
import random
import warnings
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import room
from cae.sources.npz_file import NpzFile


def npy_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def forged_header(shape, descr="|u1"):
    """An .npy header that declares `shape`, without any data after it."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return buffer.getvalue()


def zip_with(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as npz:
        for name, data in members.items():
            npz.writestr(f"{name}.npy", data)
    return path


@pytest.fixture
def array():
    return np.random.default_rng(0).integers(0, 256, (700, 64, 64, 3), np.uint8)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_whole_and_in_blocks_equal_numpy(tmp_path, array, save):
    save(tmp_path / "a.npz", images=array, labels=np.arange(5))
    with NpzFile(tmp_path / "a.npz") as npz:
        assert np.array_equal(npz.read("images"), array)
        assert np.array_equal(npz.read("labels"), np.arange(5))
        blocks = list(npz.blocks("images"))
    assert len(blocks) == 1 + array.nbytes // (1 << 22)
    assert np.array_equal(np.concatenate(blocks), array)


def test_fortran_order_and_empty_arrays(tmp_path):
    turned = np.arange(24).reshape(2, 3, 4).T
    np.savez(tmp_path / "a.npz", turned=turned, empty=np.empty((0, 3)), scalar=np.int64(7))
    with NpzFile(tmp_path / "a.npz") as npz:
        assert np.array_equal(npz.read("turned"), turned)
        assert np.array_equal(np.concatenate(list(npz.blocks("turned"))), turned)
        assert npz.read("empty").shape == (0, 3)
        assert npz.read("scalar") == 7


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "There is no file"), (b"", "is empty"), (b"hello" * 100, "no .npz file")],
)
def test_missing_empty_and_foreign_files(tmp_path, content, sentence):
    path = tmp_path / "a.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CaeError, match=sentence):
        NpzFile(path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(CaeError, match="There is no file"):
        NpzFile(tmp_path)


def test_python_objects_are_refused(tmp_path):
    zip_with(tmp_path / "a.npz", labels=npy_bytes(np.array([{"a": 1}], dtype=object)))
    with pytest.raises(CaeError, match="Python objects"):
        NpzFile(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "header",
    [
        forged_header((10**9, 64, 64)),
        forged_header((-5, 3)),
        forged_header((10**12,), "|S0"),
        forged_header((5,)) + b"1234",
        forged_header((5,)) + b"123456",
    ],
)
def test_a_header_that_lies_about_the_size_is_refused(tmp_path, header):
    zip_with(tmp_path / "a.npz", images=header)
    with pytest.raises(CaeError, match="declares|damaged"):
        NpzFile(tmp_path / "a.npz")


def test_more_than_memory_holds_is_refused_before_it_is_read(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "bomb.npz", images=np.zeros((3000, 64, 64), np.uint8))
    assert (tmp_path / "bomb.npz").stat().st_size < 100_000
    monkeypatch.setattr(room.psutil, "virtual_memory", lambda: SimpleNamespace(available=10**6))
    with (
        NpzFile(tmp_path / "bomb.npz") as npz,
        pytest.raises(CaeError, match="needs 0.0 GB of memory"),
    ):
        npz.read("images")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x09\x00", b"no array" * 9])
def test_members_that_are_no_arrays(tmp_path, content):
    zip_with(tmp_path / "a.npz", images=content)
    with pytest.raises(CaeError, match="damaged at images.npy"):
        NpzFile(tmp_path / "a.npz")


def test_a_changed_byte_is_noticed_by_the_checksum(tmp_path, array):
    np.savez(tmp_path / "a.npz", images=array)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with NpzFile(tmp_path / "a.npz") as npz:
        with pytest.raises(CaeError, match="cut off or damaged"):
            npz.read("images")
        with pytest.raises(CaeError, match="cut off or damaged"):
            list(npz.blocks("images"))


@pytest.mark.parametrize("seed", range(60))
def test_hostile_bytes_never_raise_anything_else(tmp_path, seed):
    chance = random.Random(seed)
    images = np.random.default_rng(seed).integers(0, 9, (40, 8, 8), np.uint8)
    np.savez_compressed(tmp_path / "a.npz", train_images=images, train_labels=np.arange(40))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    if seed % 3 == 0:
        del content[chance.randrange(len(content)) :]
    for _ in range(chance.randrange(1, 12)):
        if content:
            content[chance.randrange(len(content))] = chance.randrange(256)
    (tmp_path / "a.npz").write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with NpzFile(tmp_path / "a.npz") as npz:
                read = [npz.read(name) for name in npz.headers]
        except CaeError as error:
            assert str(error).endswith(".")
        else:
            assert all(isinstance(array, np.ndarray) for array in read)


def test_zeros_that_would_unpack_to_a_thousand_times_their_size_are_refused(tmp_path):
    path = zip_with(tmp_path / "a.npz", train_images=npy_bytes(np.zeros((150, 2**20), np.uint8)))
    with pytest.raises(CaeError, match="times its size, which no images do"):
        NpzFile(path)
