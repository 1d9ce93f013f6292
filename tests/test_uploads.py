"""What a browser sent is kept for as long as somebody needs it."""

import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cae.errors import CaeError
from cae.sources import parse
from cae.storage import write_json
from cae.uploads import (
    as_uploaded,
    consumed,
    discard_left_behind,
    discard_uploads,
    discarded_on_failure,
    hand_over,
    names_upload,
    new_upload,
    noted_source,
    told_as_uploaded,
    uploads_folder,
)
from tests.conftest import digits_imageset


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def upload() -> Path:
    folder = new_upload()
    (folder / "scans").mkdir()
    (folder / "scans/Doe^Jane.dcm").write_bytes(b"x")
    return folder


def left() -> list[str]:
    return sorted(path.name for path in uploads_folder().iterdir())


def test_uploaded_files_are_named_as_they_were_sent(upload: Path) -> None:
    told = f"{upload}/scans.zip is damaged; pack {upload}/a/b.png anew."
    assert as_uploaded(told) == "scans.zip is damaged; pack a/b.png anew."


def test_nobody_else_on_this_computer_can_read_uploads(upload: Path) -> None:
    for folder in (uploads_folder(), upload):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_other_paths_stay(home: Path) -> None:
    told = f"There is no folder {home}/scans."
    assert as_uploaded(told) == told
    assert noted_source(f"dicom:{home}/scans") == f"dicom:{home}/scans"


def test_a_study_notes_the_name_and_the_shell_says_that_it_is_gone(upload: Path) -> None:
    noted = noted_source(f"folder:{upload}/scans,{upload}/ages.csv")
    assert noted == "upload:folder:scans,ages.csv"
    with pytest.raises(CaeError, match=r"^scans,ages\.csv was uploaded.*give the path"):
        parse(noted)


def test_notes_and_problems_name_no_place(upload: Path) -> None:
    problems = pd.DataFrame({"file": ["a.csv"], "reason": [f"{upload}/a.csv is empty."]})
    imageset = replace(digits_imageset(3), notes=(f"{upload}/b was read.",), problems=problems)
    told = told_as_uploaded(imageset)
    assert told.notes == ("b was read.",)
    assert told.problems["reason"].tolist() == ["a.csv is empty."]


@pytest.mark.parametrize("error", [None, CaeError("refused"), KeyboardInterrupt()])
def test_what_is_consumed_is_gone_however_that_ends(
    upload: Path, error: BaseException | None
) -> None:
    other = new_upload()
    try:
        with consumed(f"dicom:{upload}/scans"):
            assert (upload / "scans").is_dir()
            if error:
                raise error
    except BaseException as raised:
        assert raised is error
    assert left() == [other.name, f"{other.name}.json"]


@pytest.mark.parametrize("error", [CaeError("refused"), KeyboardInterrupt()])
def test_what_is_handed_on_is_gone_only_where_that_fails(
    upload: Path, error: BaseException
) -> None:
    text = f"dicom:{upload}/scans"
    with discarded_on_failure(text):
        pass
    assert (upload / "scans").is_dir()
    with pytest.raises(type(error)) as raised, discarded_on_failure(text):
        raise error
    assert raised.value is error
    assert left() == []


def test_nothing_but_uploads_is_ever_discarded(home: Path) -> None:
    (home / "brain").mkdir()
    for text in (f"{home}/.uploads/../brain/", f"{home}/brain/", f"{home}/.uploads/brain/x"):
        assert not names_upload(text)
        discard_uploads(text)
    assert (home / "brain").is_dir()


@pytest.mark.parametrize(
    "note", ["[]", "{}", '{"host": 1}', '{"pid": "7", "born": 1.0}', "no JSON"]
)
def test_an_upload_that_nobody_is_said_to_need_is_removed(upload: Path, note: str) -> None:
    upload.with_name(f"{upload.name}.json").write_text(note)
    discard_left_behind()
    assert left() == []


def test_an_upload_that_another_computer_needs_stays(upload: Path) -> None:
    owner = upload.with_name(f"{upload.name}.json")
    write_json(owner, {**json.loads(owner.read_text()), "host": "elsewhere", "born": 1.0})
    discard_left_behind()
    assert left() == [upload.name, owner.name]


def test_what_a_dead_process_left_is_removed_and_what_is_needed_stays(upload: Path) -> None:
    dead, moved, reused = new_upload(), new_upload(), new_upload()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    hand_over(f"{dead}/scans.zip", ended.pid)
    ended.wait()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        hand_over(f"npz:{moved}/scans.npz", living.pid)
        # The number of a process that has ended was given to this one.
        owner = reused.with_name(f"{reused.name}.json")
        write_json(owner, {**json.loads(owner.read_text()), "born": 1.0})
        # As former versions kept uploads.
        (uploads_folder() / "scans/scans").mkdir(parents=True)
        discard_left_behind()
        kept = {upload.name, moved.name}
        assert left() == sorted(kept | {f"{name}.json" for name in kept})
        living.communicate(b"\n")
    discard_left_behind()
    assert left() == [upload.name, f"{upload.name}.json"]
