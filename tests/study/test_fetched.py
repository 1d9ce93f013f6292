"""Studies in fsspec's file system in memory, opened as read-only copies."""

import json
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest

import cae
from cae.cohorts.place import GroupDatabase
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.read_only import MARK, address_of
from cae.stores import Store
from cae.study import fetched, steps
from cae.study.cluster_names import name_cluster
from cae.study.fetched import study_folder, study_folder_as_it_is
from cae.study.study import Study
from cae.study.verify import verify
from tests.cli.conftest import cae as cae_command  # noqa: F401
from tests.conftest import build_digits_study

ADDRESS = "memory://bucket/digits"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CAE_DATABASE", raising=False)


@pytest.fixture
def memory():
    found = fsspec.filesystem("memory")
    found.store.clear()
    yield found
    found.store.clear()


def upload(memory, folder: Path, address: str = ADDRESS) -> None:
    root = address.partition("://")[2]
    for file in folder.rglob("*"):
        if file.is_file():
            memory.pipe(f"/{root}/{file.relative_to(folder).as_posix()}", file.read_bytes())


@pytest.fixture
def study(memory, tmp_path) -> Study:
    """A study with a cohort on this computer, and the same in the store."""
    made = build_digits_study(tmp_path / "made" / "digits", 60)
    chosen = Selection.empty().combine(np.arange(5), "replace", {"kind": "test"})
    made.cohorts.save("five", chosen)
    name_cluster(made, 0, "zeros")
    upload(memory, made.path)
    return made


def fetched_names(monkeypatch) -> list[str]:
    """Return a list of all names that are fetched from now on."""
    names: list[str] = []
    copy = Store.copy

    def noting(self, name, *rest):
        names.append(name)
        return copy(self, name, *rest)

    monkeypatch.setattr(Store, "copy", noting)
    return names


def test_what_a_study_holds_is_seen_as_where_it_was_made(study):
    found = cae.open_study(ADDRESS)
    np.testing.assert_array_equal(found.images, study.images)
    np.testing.assert_array_equal(found.latents, study.latents)
    np.testing.assert_array_equal(found.projection, study.projection)
    pd.testing.assert_frame_equal(found.table, study.table)
    assert found.name == study.name
    assert found.manifest == study.manifest
    assert [cohort.name for cohort in found.cohorts.list()] == ["five"]
    assert (found.path / "cluster_names.json").read_bytes() == (
        study.path / "cluster_names.json"
    ).read_bytes()
    decoded = found.model.decode(np.asarray(found.latents[:2]))
    np.testing.assert_array_equal(decoded, study.model.decode(np.asarray(study.latents[:2])))
    assert verify(found) == []
    assert address_of(found.path) == ADDRESS
    assert address_of(study.path) is None


def test_every_action_that_would_write_says_that_it_is_read_only(study):
    found = cae.open_study(ADDRESS)
    before = {p: p.read_bytes() for p in found.path.rglob("*") if p.is_file()}
    chosen = Selection.empty().combine(np.arange(3), "replace", {"kind": "test"})
    cohort = found.cohorts.list()[0]
    writing = [
        lambda: steps.encode(found),
        lambda: steps.cluster(found, k=3),
        lambda: found.cohorts.save("three", chosen),
        lambda: found.cohorts.delete(cohort),
        lambda: found.cohorts.remember(chosen),
        lambda: name_cluster(found, 0, "nothing"),
        lambda: found.abandon("train"),
    ]
    for write in writing:
        with pytest.raises(CaeError, match=f"The study {ADDRESS} is opened read-only; copy"):
            write()
    found.cohorts.note_export(cohort)
    after = {p: p.read_bytes() for p in found.path.rglob("*") if p.is_file()}
    assert {p: c for p, c in after.items() if "cohorts.db" not in p.name} == {
        p: c for p, c in before.items() if "cohorts.db" not in p.name
    }
    assert [one.name for one in cae.open_study(ADDRESS).cohorts.list()] == ["five"]


def test_what_has_not_changed_is_not_fetched_again(study, memory, monkeypatch):
    first = study_folder(ADDRESS)
    names = fetched_names(monkeypatch)
    told = []
    assert study_folder(ADDRESS, lambda *done: told.append(done)) == first
    assert sorted(names) == ["cluster_names.json", "cohorts.db", "study.json"]
    steps.cluster(study, k=4)
    memory.store.clear()
    upload(memory, study.path)
    names.clear()
    again = Study.open(study_folder(ADDRESS))
    assert "images.npy" not in names
    assert any(name.endswith("clusters.parquet") for name in names)
    pd.testing.assert_frame_equal(again.clusters, study.clusters)
    assert verify(again) == []


def test_a_copy_that_was_changed_here_is_fetched_anew(study, monkeypatch):
    folder = study_folder(ADDRESS)
    found = Study.open(folder)
    (folder / "stray.txt").write_text("not of the study")
    found.file("latents.npy").write_bytes(b"short")
    names = fetched_names(monkeypatch)
    again = Study.open(study_folder(ADDRESS))
    assert any(name.endswith("latents.npy") for name in names)
    np.testing.assert_array_equal(again.latents, study.latents)
    assert not (folder / "stray.txt").exists()


def test_a_file_with_another_hash_or_missing_is_refused_but_can_be_verified(study, memory):
    latents = study.file("latents.npy").relative_to(study.path).as_posix()
    content = bytearray(study.file("latents.npy").read_bytes())
    content[-1] ^= 1
    memory.pipe(f"/bucket/digits/{latents}", bytes(content))
    projection = study.file("projection.npy").relative_to(study.path).as_posix()
    memory.rm(f"/bucket/digits/{projection}")
    with pytest.raises(CaeError, match=f"2 files of {ADDRESS} are not what .* such as {latents}"):
        study_folder(ADDRESS)
    damages = verify(Study.open(study_folder_as_it_is(ADDRESS)))
    reasons = {damage.file: damage.reason for damage in damages if damage.file}
    assert reasons["latents.npy"] == "the file's contents have changed"
    assert reasons["projection.npy"] == "the file is missing"
    memory.pipe(f"/bucket/digits/{latents}", study.file("latents.npy").read_bytes())
    memory.pipe(f"/bucket/digits/{projection}", study.file("projection.npy").read_bytes())
    assert verify(Study.open(study_folder(ADDRESS))) == []


def test_what_is_no_study_is_refused_and_leaves_nothing(memory, tmp_path):
    memory.pipe("/bucket/scans/a.png", b"a")
    with pytest.raises(CaeError, match=r"memory://bucket/scans is not a study: it has no study"):
        study_folder("memory://bucket/scans")
    with pytest.raises(CaeError, match="There is nothing at memory://bucket/gone"):
        study_folder("memory://bucket/gone")
    memory.pipe("/bucket/bad/study.json", b"{}")
    with pytest.raises(CaeError, match="damaged"):
        study_folder("memory://bucket/bad")
    assert list((tmp_path / "home" / ".fetched").iterdir()) == []


def test_a_manifest_that_leads_out_is_refused(study, memory):
    manifest = json.loads((study.path / "study.json").read_text())
    entry = manifest["steps"]["encode"]
    entry["files"]["../../../outside.npy"] = entry["files"]["latents.npy"]
    memory.pipe("/bucket/digits/study.json", json.dumps(manifest).encode())
    with pytest.raises(CaeError, match="damaged"):
        study_folder(ADDRESS)


def test_cohorts_can_be_in_the_database_of_a_group(study, monkeypatch):
    monkeypatch.setenv("CAE_DATABASE", "postgresql://nobody@localhost/none")
    place = cae.open_study(ADDRESS).cohorts.place
    assert isinstance(place, GroupDatabase)
    assert place.study == study.identity
    assert place.is_writable


def test_other_files_of_the_place_are_not_fetched(study, memory, monkeypatch):
    memory.pipe("/bucket/digits/raw/patient.dcm", b"x" * 100)
    memory.pipe("/bucket/digits/maps/evil.sh", b"x")
    names = fetched_names(monkeypatch)
    study_folder(ADDRESS)
    assert not {"raw/patient.dcm", "maps/evil.sh"} & set(names)


def test_copies_that_were_not_opened_for_long_make_room(study, memory, monkeypatch):
    folders = {}
    for name in ("one", "two", "three"):
        upload(memory, study.path, f"memory://bucket/{name}")
        folders[name] = study_folder(f"memory://bucket/{name}")
    size = sum(p.stat().st_size for p in folders["one"].rglob("*") if p.is_file())
    study_folder("memory://bucket/one")
    monkeypatch.setattr(fetched, "_MOST_BYTES_KEPT", int(2.5 * size))
    upload(memory, study.path, "memory://bucket/four")
    study_folder("memory://bucket/four")
    assert folders["one"].exists()
    assert not folders["two"].exists()
    assert not folders["three"].exists()


def test_paths_and_addresses_of_this_computer_are_opened_as_they_are(study):
    assert study_folder(str(study.path)) == study.path
    assert study_folder(f"file://{study.path}") == study.path
    assert not (study.path / MARK).exists()
    cae.open_study(f"file://{study.path}").cohorts.list()


def test_the_shell_looks_at_a_study_behind_an_address(study, cae_command, capsys):  # noqa: F811
    assert cae_command("info", ADDRESS, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["copy_of"] == ADDRESS
    assert facts["images"] == 60
    assert cae_command("verify", ADDRESS) == 0
    assert capsys.readouterr().out == f"{ADDRESS} is sound.\n"
    assert cae_command("cohort", "list", ADDRESS) == 0
    assert "five" in capsys.readouterr().out
    assert cae_command("cluster", ADDRESS, "--k", "3") == 2
    assert f"The study {ADDRESS} is opened read-only" in capsys.readouterr().err
    memory = fsspec.filesystem("memory")
    images = "/bucket/digits/images.npy"
    memory.pipe(images, memory.cat(images)[:-1])
    assert cae_command("info", ADDRESS) == 2
    assert f"look with: cae verify {ADDRESS}" in capsys.readouterr().err
    assert cae_command("verify", ADDRESS) == 1
    assert "images.npy: the file has" in capsys.readouterr().out
