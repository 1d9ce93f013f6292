"""Labels that people correct: beside the source's, with who and when, undone and exported."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.cohort import CohortExport, export_cohort
from cae.export.provenance import study_digests
from cae.sources.choices import Choices
from cae.storage import write_json, write_table
from cae.study.label_corrections import (
    FILE,
    accept_suggestions,
    correct_labels,
    corrections,
    corrections_state,
    last_correction,
    undo_correction,
    with_corrections,
)
from cae.study.manifest import MANIFEST
from cae.study.querying import queried
from cae.study.roles import change_roles
from cae.study.study import Study
from cae.study.verify import verify


def test_they_stand_in_a_column_of_their_own(digits_study: Study):
    source = digits_study.samples["label"].tolist()
    assert digits_study.full_table.equals(digits_study.table)
    correct_labels(digits_study, [3, 1], "  odd   one ", "anna")
    correct_labels(digits_study, np.array([3]), "8", "ben")
    table = digits_study.full_table
    wanted = source.copy()
    wanted[1], wanted[3] = "odd one", "8"
    assert table["corrected_label"].tolist() == wanted
    assert table["label"].tolist() == source
    assert table["corrected_by"].dropna().to_dict() == {1: "anna", 3: "ben"}
    assert table["corrected_at"].notna().sum() == 2
    assert Study.open(digits_study.path).full_table.equals(table)


def test_columns_of_the_source_that_are_called_alike_stand_aside(digits_study: Study, tmp_path):
    odd = {"corrected_label": "theirs", "corrected_at": "2020-01-01T10:00:00+00:00"}
    write_table(digits_study.file("samples.parquet"), digits_study.samples.assign(**odd))
    study = Study.open(digits_study.path)
    assert (study.full_table["corrected_label (table)"] == "theirs").all()
    assert "corrected_label" not in study.full_table
    correct_labels(study, [5], "mine", "ben")
    assert queried(study, 'corrected_label == "mine"').tolist() == [5]
    chosen = Selection.empty().combine(np.array([4, 5]), "replace", {"kind": "ids"})
    cohort = study.cohorts.save("two", chosen, **study_digests(study))
    export_cohort(study, CohortExport(cohort), tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "two.zip") as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("images.csv").decode())))
    assert lines[1]["corrected_label"] == "mine"
    assert {line["corrected_label (table)"] for line in lines} == {"theirs"}
    assert lines[1]["corrected_by"].startswith("R-")


def test_they_go_and_come_back_with_the_labels_they_are_of(digits_study: Study):
    grades = digits_study.samples.assign(grade=["G0", "G1"] * (len(digits_study) // 2))
    write_table(digits_study.file("samples.parquet"), grades)
    study = Study.open(digits_study.path)
    correct_labels(study, [0, 1], "odd", "anna")
    notes = change_roles(study, Choices(label="grade"))
    assert "corrected of the former labels (acts: 1) is set aside" in notes[-1]
    study = Study.open(study.path)
    assert "corrected_label" not in study.full_table
    correct_labels(study, [2], "G7", "ben")
    former = next(name for name in study.samples if "former" in name)
    notes = change_roles(study, Choices(label=former))
    assert notes[0].startswith("Labels are the source's own now;")
    study = Study.open(study.path)
    assert study.full_table["corrected_label"].tolist()[:2] == ["odd", "odd"]
    assert study.full_table["corrected_by"].dropna().to_dict() == {0: "anna", 1: "anna"}
    change_roles(study, Choices(label="grade"))
    study = Study.open(study.path)
    assert study.full_table["corrected_by"].dropna().to_dict() == {2: "ben"}
    change_roles(study, Choices(label="none"))
    study = Study.open(study.path)
    assert "corrected_label" not in study.full_table
    (one, other) = sorted(study.path.glob("label_corrections-*.json"))
    one.write_text("{")
    assert one.name in [damage.file for damage in verify(study)]


def test_a_column_called_alike_that_tells_who_it_is_leaves_no_export(digits_study, tmp_path):
    secret = digits_study.samples.assign(corrected_by="Zoltan Abendroth")
    write_table(digits_study.file("samples.parquet"), secret)
    digits_study.manifest["identifying"] = ["corrected_by"]
    write_json(digits_study.path / MANIFEST, digits_study.manifest)
    study = Study.open(digits_study.path)
    assert study.identifying == ("corrected_by (table)",)
    chosen = Selection.empty().combine(np.array([2, 4]), "replace", {"kind": "ids"})
    cohort = study.cohorts.save("c", chosen, **study_digests(study))
    export_cohort(study, CohortExport(cohort), tmp_path / "c.zip")
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        assert not any(b"Abendroth" in archive.read(name) for name in archive.namelist())


def test_they_are_undone_last_first_and_given_back(digits_study: Study):
    correct_labels(digits_study, [1], "a", "anna")
    correct_labels(digits_study, [1, 2], "b", "ben")
    state = corrections_state(digits_study.path)
    assert [act.label for act in undo_correction(digits_study)] == ["b"]
    assert corrections_state(digits_study.path) != state
    assert digits_study.full_table["corrected_label"].tolist()[1:3] == [
        "a",
        digits_study.samples["label"][2],
    ]
    correct_labels(digits_study, [1], "", "ben")
    table = digits_study.full_table
    assert table["corrected_label"].tolist() == digits_study.samples["label"].tolist()
    assert table["corrected_by"].isna().all()
    undo_correction(digits_study)
    undo_correction(digits_study)
    assert last_correction(digits_study.path) == []
    assert [act.undone is not None for act in corrections(digits_study.path)] == [True] * 3
    with pytest.raises(CaeError, match="nothing to undo"):
        undo_correction(digits_study)


def test_accepted_suggestions_are_undone_as_one(digits_study: Study):
    source = digits_study.samples["label"].tolist()
    correct_labels(digits_study, [3], "by hand", "anna")
    before = digits_study.full_table
    accept_suggestions(digits_study, [9, 4, 7], ["b", "a", "b"], "ben")
    correct_labels(digits_study, [0], "later", "anna")
    table = digits_study.full_table
    wanted = {0: "later", 3: "by hand", 4: "a", 7: "b", 9: "b"}
    assert table["corrected_label"].tolist() == [
        wanted.get(row, label) for row, label in enumerate(source)
    ]
    assert table["corrected_how"].dropna().to_dict() == {
        **dict.fromkeys([0, 3], "by hand"),
        **dict.fromkeys([4, 7, 9], "suggested by neighbours"),
    }
    assert table["corrected_by"][[4, 7, 9]].tolist() == ["ben"] * 3
    undo_correction(digits_study)
    last = last_correction(digits_study.path)
    assert {act.label: act.rows.tolist() for act in last} == {"a": [4], "b": [7, 9]}
    undone = undo_correction(digits_study)
    assert {act.undone for act in undone} != {None}
    assert digits_study.full_table.equals(before)
    assert [act.undone is None for act in corrections(digits_study.path)] == [True, *[False] * 3]


def test_only_what_was_seen_is_undone(digits_study: Study):
    correct_labels(digits_study, [1], "a", "anna")
    seen = last_correction(digits_study.path)
    correct_labels(digits_study, [1, 2], "b", "ben")
    with pytest.raises(CaeError, match=r"^ben labelled images meanwhile, “b” to 2 images; nothing"):
        undo_correction(digits_study, seen)
    accept_suggestions(digits_study, [9, 4, 7], ["b", "a", "b"], "eva")
    with pytest.raises(CaeError, match="^eva labelled images meanwhile, what neighbours suggest"):
        undo_correction(digits_study, seen)
    assert [act.undone for act in corrections(digits_study.path)] == [None] * 4
    suggested = last_correction(digits_study.path)
    assert len(undo_correction(digits_study, suggested)) == 2
    with pytest.raises(CaeError, match="to 3 images, was undone meanwhile; nothing else was"):
        undo_correction(digits_study, suggested)
    assert undo_correction(digits_study, last_correction(digits_study.path))[0].label == "b"
    assert undo_correction(digits_study, seen)[0].label == "a"
    with pytest.raises(CaeError, match="“a” to 1 image, was undone meanwhile"):
        undo_correction(digits_study, seen)


def test_the_same_label_given_anew_by_the_same_person_is_another_act(digits_study: Study):
    correct_labels(digits_study, [1], "a", "anna")
    seen = last_correction(digits_study.path)
    undo_correction(digits_study)
    correct_labels(digits_study, [1], "a", "anna")
    with pytest.raises(CaeError, match="anna labelled images meanwhile"):
        undo_correction(digits_study, seen)


def test_acts_of_former_versions_were_by_hand(digits_study: Study):
    correct_labels(digits_study, [1], "a", "anna")
    path = digits_study.path / FILE
    content = json.loads(path.read_text("utf-8"))
    assert "how" not in content["acts"][0]
    assert digits_study.full_table["corrected_how"].dropna().tolist() == ["by hand"]


@pytest.mark.parametrize("rows", [[], [360], [-1]])
def test_nothing_is_accepted_of_other_images(digits_study: Study, rows: list[int]):
    with pytest.raises(CaeError, match="choose at least one"):
        accept_suggestions(digits_study, rows, ["a"] * len(rows), "anna")
    assert not (digits_study.path / FILE).exists()


def test_queries_and_live_cohorts_know_them(digits_study: Study):
    live = digits_study.cohorts.save_live("ill", 'label == "3"')
    with pytest.raises(CaeError, match="no column 'corrected_label'"):
        queried(digits_study, 'corrected_label == "new"')
    correct_labels(digits_study, [5, 9], "new", "anna")
    assert queried(digits_study, 'corrected_label == "new"').tolist() == [5, 9]
    assert queried(digits_study, 'corrected_by == "anna" and cohort("ill")').tolist() == sorted(
        {5, 9} & set(live.rows.tolist())
    )
    newer = digits_study.cohorts.save_live("corrected", "corrected_by is not missing")
    correct_labels(digits_study, [7], "new", "anna")
    assert digits_study.cohorts.get(newer.id).rows.tolist() == [5, 7, 9]


def test_labels_without_any_of_the_source(digits_study: Study, tmp_path):
    samples = digits_study.samples.assign(label=pd.Series([None] * 360, dtype="str"))
    correct_labels(digits_study, [0], "first", "anna")
    found = with_corrections(samples, digits_study.path)["corrected_label"]
    assert found.dropna().to_dict() == {0: "first"}


@pytest.mark.parametrize(
    ("rows", "label"), [([], "a"), ([360], "a"), ([-1], "a"), ([1], "x" * 201)]
)
def test_misuse_is_said(digits_study: Study, rows: list[int], label: str):
    with pytest.raises(CaeError):
        correct_labels(digits_study, rows, label, "anna")
    assert not (digits_study.path / FILE).exists()


def test_a_damaged_file_is_found(digits_study: Study):
    correct_labels(digits_study, [1], "a", "anna")
    path = digits_study.path / FILE
    content = json.loads(path.read_text("utf-8"))
    content["acts"][0]["rows"] = "none"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(CaeError, match="damaged"):
        _ = digits_study.full_table
    content["acts"][0]["label"] = 3
    path.write_text(json.dumps(content), "utf-8")
    assert [damage.file for damage in verify(digits_study)] == [FILE]


@pytest.mark.parametrize("identifying", [False, True])
def test_exports_tell_them_but_name_users_only_when_asked(
    digits_study: Study, tmp_path, monkeypatch, identifying: bool
):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    correct_labels(digits_study, [4], "new", "anna")
    correct_labels(digits_study, [6], "patient 0", "ben")
    chosen = Selection.empty().combine(np.array([2, 4, 6]), "replace", {"kind": "lasso"})
    cohort = digits_study.cohorts.save("c", chosen, **study_digests(digits_study))
    export_cohort(digits_study, CohortExport(cohort), tmp_path / "c.zip", identifying=identifying)
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("images.csv"))
        lines = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
    label = digits_study.samples["label"]
    told = [line["corrected_label"] for line in lines]
    who = [line["corrected_by"] for line in lines]
    assert told[:2] == [label[2], "new"]
    assert (told[2] == "patient 0") is identifying
    assert who[0] == ""
    assert ("anna" in who) is identifying
    assert len(set(who)) == 3


def test_a_label_that_tells_patients_is_told_in_no_column(digits_study: Study, tmp_path):
    correct_labels(digits_study, [4], "new", "anna")
    digits_study.manifest["identifying"] = ["label"]
    chosen = Selection.empty().combine(np.array([2, 4]), "replace", {"kind": "lasso"})
    cohort = digits_study.cohorts.save("c", chosen)
    export_cohort(digits_study, CohortExport(cohort), tmp_path / "c.zip")
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("images.csv"))
        header = archive.read(name).decode().splitlines()[0].split(",")
    assert "corrected_label" not in header
    assert "corrected_at" in header


def test_what_was_undone_makes_room_and_what_holds_is_never_lost(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch
):
    correct_labels(digits_study, [1], "held", "anna")
    for row in range(2, 8):
        correct_labels(digits_study, [row], "undone", "ben")
        undo_correction(digits_study)
    size = (digits_study.path / FILE).stat().st_size
    monkeypatch.setattr("cae.storage._MOST_JSON_BYTES", size)
    correct_labels(digits_study, [9], "new", "anna")
    assert [act.label for act in corrections(digits_study.path)] == ["held", "new"]
    for row in range(10, 40):
        try:
            correct_labels(digits_study, [row], "more", "ben")
        except CaeError as error:
            assert "nothing was written" in str(error)
            break
    else:
        pytest.fail("it grew beyond what can be read")
    labels = digits_study.full_table["corrected_label"]
    assert (labels[1], labels[9], labels[10]) == ("held", "new", "more")


def test_what_was_undone_stays_where_writing_fails_otherwise(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch
):
    correct_labels(digits_study, [1], "undone", "ben")
    undo_correction(digits_study)
    written = (digits_study.path / FILE).read_text("utf-8")
    failures = [CaeError("There is no room on the disk.")]

    def write_once_there_is_room(path: Path, value: object) -> None:
        if failures:
            raise failures.pop()
        write_json(path, value)

    monkeypatch.setattr("cae.study.label_corrections.write_json", write_once_there_is_room)
    with pytest.raises(CaeError, match="no room"):
        correct_labels(digits_study, [2], "new", "anna")
    assert (digits_study.path / FILE).read_text("utf-8") == written


def test_a_file_of_a_later_version_is_not_written_over(digits_study: Study):
    file = digits_study.path / FILE
    file.write_text('{"format": 2, "acts": []}')
    with pytest.raises(CaeError, match="has format 2, but this version reads 1; update"):
        correct_labels(digits_study, [1], "new", "anna")
    assert file.read_text() == '{"format": 2, "acts": []}'
