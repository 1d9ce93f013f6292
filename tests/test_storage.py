import hashlib
import json
import os
import random
import stat
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.process_identity import ProcessIdentity
from cae.storage import (
    atomic_path,
    read_array,
    read_json,
    read_table,
    remove_scratch,
    sha256_file,
    write_array,
    write_json,
    write_table,
)

# A process of this computer that has ended.
ENDED = 2**22 + 1


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_the_block_has_ended(tmp_path):
    with atomic_path(tmp_path / "deep" / "a.txt") as temporary:
        temporary.write_text("new")
        assert not (tmp_path / "deep" / "a.txt").exists()
    assert (tmp_path / "deep" / "a.txt").read_text() == "new"
    assert names(tmp_path / "deep") == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_block_leaves_what_was_there(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error), atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise error
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_replaces_a_folder_as_a_whole(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").write_text("old")
    with atomic_path(tmp_path / "model") as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("new")
    assert names(tmp_path / "model") == ["new"]
    assert names(tmp_path) == ["model"]


def test_a_folder_that_cannot_be_replaced_is_put_back(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").write_text("old")

    def fail(self, target):
        raise OSError("disk trouble")

    monkeypatch.setattr(type(tmp_path), "replace", fail)
    with pytest.raises(OSError, match="disk trouble"), atomic_path(tmp_path / "model") as temporary:
        temporary.mkdir()
    assert (tmp_path / "model" / "old").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_a_block_that_makes_nothing_changes_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.txt"):
        pass
    assert (tmp_path / "a.txt").read_text() == "old"


def test_what_a_living_process_writes_stays(tmp_path):
    with atomic_path(tmp_path / "study" / "latents.npy") as temporary:
        temporary.write_text("half")
        remove_scratch(tmp_path / "study")
        assert temporary.exists()


def test_leftovers_of_a_killed_process_are_removed_and_nothing_else(tmp_path, monkeypatch):
    study = tmp_path / "study"
    study.mkdir()
    (study / "images.npy").write_text("kept")
    (study / ".hidden").mkdir()
    paths = [study, study / "latents.npy", tmp_path / "other", tmp_path / "study.v2"]
    with monkeypatch.context() as killed:
        killed.setattr("cae.storage.os.getpid", lambda: ENDED)
        contexts = [atomic_path(path) for path in paths]
        left = [context.__enter__() for context in contexts]
    remove_scratch(study)
    assert [path.parent.exists() for path in left] == [False, False, True, True]
    assert names(study) == [".hidden", "images.npy"]


def test_whose_process_has_ended_is_told_by_its_birth_too(tmp_path):
    own = ProcessIdentity.of_this_process()
    tags = {
        own.tag: True,
        # Its number was given to this process.
        replace(own, born=1.0).tag: False,
        replace(own, pid=ENDED).tag: False,
        replace(own, host="elsewhere").tag: True,
        replace(own, host="elsewhere", pid=ENDED).tag: True,
        # As former versions called it.
        replace(own, born=None).tag: True,
        replace(own, born=None, pid=ENDED).tag: False,
        replace(own, born=None, pid=10**20).tag: False,
    }
    (tmp_path / ".study.abcd_123").mkdir()
    for tag in tags:
        (tmp_path / f".study.{tag}.abcd_123").mkdir()
    remove_scratch(tmp_path / "study")
    assert names(tmp_path) == sorted(f".study.{tag}.abcd_123" for tag, left in tags.items() if left)


def test_files_may_be_read_by_others_as_usual(tmp_path):
    write_json(tmp_path / "a.json", {})
    (tmp_path / "usual").write_text("")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.json", "usual")]
    assert modes[0] == modes[1]


def test_json_survives_with_every_letter(tmp_path):
    value = {"name": "Größe 日本", "path": os.fsdecode(b"caf\xe9"), "list": [1, 2.5, None, True]}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    assert "Größe 日本" in (tmp_path / "a.json").read_text("utf-8")


def test_a_value_that_is_no_json_changes_nothing(tmp_path):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"\0"])
def test_damaged_json_gets_a_sentence(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(CaeError, match="not JSON"):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(20, dtype=np.float32)[::2],
        np.empty((0, 2), np.float32),
    ],
)
def test_arrays_come_back_memory_mapped_and_read_only(tmp_path, array):
    write_array(tmp_path / "a.npy", array)
    found = read_array(tmp_path / "a.npy")
    assert np.array_equal(found, array)
    assert found.dtype == array.dtype
    assert not found.flags.writeable
    assert isinstance(found, np.memmap) or array.size == 0


def test_objects_are_neither_written_nor_read(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_array(tmp_path / "a.npy", np.array([{}]))
    np.save(tmp_path / "b.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(CaeError, match="damaged"):
        read_array(tmp_path / "b.npy")
    np.savez(tmp_path / "c.npz", a=np.arange(3))
    (tmp_path / "c.npz").rename(tmp_path / "c.npy")
    with pytest.raises(CaeError, match="damaged"):
        read_array(tmp_path / "c.npy")


def test_tables_keep_types_and_missing_values(tmp_path):
    table = pd.DataFrame(
        {
            "text": pd.Series(["a", None], dtype="str"),
            "count": pd.Series([1, None], dtype="Int64"),
            "truth": pd.Series([True, None], dtype="boolean"),
            "number": [0.5, None],
            "date": pd.to_datetime(["2020-01-31", None]),
        }
    )
    write_table(tmp_path / "t.parquet", table)
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet"), table)


@pytest.mark.parametrize("read", [read_json, read_array, read_table])
def test_missing_files_get_a_sentence(tmp_path, read):
    with pytest.raises(CaeError, match="does not exist"):
        read(tmp_path / "missing")


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_gets_a_sentence_or_is_read(tmp_path, seed):
    chance = random.Random(seed)
    write_array(tmp_path / "a.npy", np.arange(50.0))
    write_table(tmp_path / "t.parquet", pd.DataFrame({"a": range(50), "b": ["x"] * 50}))
    for name, read, kind in (
        ("a.npy", read_array, np.ndarray),
        ("t.parquet", read_table, pd.DataFrame),
    ):
        content = bytearray((tmp_path / name).read_bytes())
        if seed % 3 == 0:
            del content[chance.randrange(len(content)) :]
        for _ in range(chance.randrange(1, 20)):
            if content:
                content[chance.randrange(min(len(content), 128))] = chance.randrange(256)
        (tmp_path / name).write_bytes(content)
        try:
            assert isinstance(read(tmp_path / name), kind)
        except CaeError as error:
            assert "damaged" in str(error)


def test_the_hash_is_sha256(tmp_path):
    content = random.Random(0).randbytes(5_000_000)
    (tmp_path / "a").write_bytes(content)
    assert sha256_file(tmp_path / "a") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": NaN}', "it holds NaN"),
        ('{"a": 1e999}', "it holds 1e999"),
        ("[" * 70 + "]" * 70, "not JSON"),
        ("[" * 100_000 + "]" * 100_000, "not JSON"),
        ("1" * 5_000, "not JSON"),
        (" " * 17_000_000, "should have at most"),
    ],
    ids=["nan", "infinite", "deep", "deeper", "long number", "large"],
)
def test_json_that_nobody_writes_is_refused(tmp_path, text, reason):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CaeError, match=reason):
        read_json(tmp_path / "a.json")


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert names(tmp_path) == []


@pytest.mark.parametrize("read", [read_json, read_array])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "a")
    with pytest.raises(CaeError, match="it is no file"):
        read(tmp_path / "a")


def test_nothing_is_written_that_cannot_be_read_again(tmp_path):
    file = tmp_path / "many.json"
    write_json(file, ["ä"])
    with pytest.raises(CaeError, match=r"many\.json would have 1[78]\.\d MB, and at most 16\.8"):
        write_json(file, ["ä" * (9 << 20)])
    assert read_json(file) == ["ä"]
