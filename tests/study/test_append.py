"""An append: what is new, that all else stays, and that it is all or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.cohort import CohortExport, export_cohort
from cae.export.provenance import study_digests
from cae.export.redaction import disclosure
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources import parse, with_choices
from cae.sources.choices import Choices
from cae.storage import read_json, sha256_file, write_json, write_table
from cae.study.append import append
from cae.study.appended import columns_aside, joined_samples
from cae.study.cluster_names import cluster_names, name_cluster
from cae.study.manifest import MANIFEST
from cae.study.roles import change_roles
from cae.study.steps import complete, is_trained_with, last_settings
from cae.study.study import Study
from tests.conftest import build_quick_study, digits_imageset

COUNT = 360


@dataclass
class Digits:
    """Digits that no study of the tests holds yet, as changed by a test."""

    change: Callable[[ImageSet], ImageSet] = lambda imageset: imageset
    count: int = 40
    spec: str = "npz:/new/digits.npz"

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        imageset = digits_imageset(COUNT + self.count).take(np.arange(COUNT, COUNT + self.count))
        return self.change(imageset)


def with_columns(**columns: object) -> Callable[[ImageSet], ImageSet]:
    return lambda imageset: replace(imageset, table=imageset.table.assign(**columns))


def test_all_that_was_there_stays_bit_by_bit(local_study: Study) -> None:
    study = local_study
    arrays = {name: np.array(getattr(study, name)) for name in ("images", "latents", "projection")}
    tables = {n: getattr(study, n).copy() for n in ("samples", "clusters", "areas", "problems")}
    model = sha256_file(study.file("model/model.safetensors"))
    assert append(study, Digits()) == 40
    for opened in (study, Study.open(study.path)):
        assert len(opened) == COUNT + 40
        for name, values in arrays.items():
            assert getattr(opened, name).dtype == values.dtype
            assert getattr(opened, name)[:COUNT].tobytes() == values.tobytes(), name
        for name, table in tables.items():
            found = getattr(opened, name)
            pd.testing.assert_frame_equal(found.iloc[: len(table)], table, check_exact=True)
        assert len(opened.latents) == len(opened.projection) == len(opened.clusters) == len(opened)
        assert len(opened.areas) == len(opened.samples) == len(opened)
        assert opened.verify() == []
        assert opened.outdated() == []
    assert sha256_file(study.file("model/model.safetensors")) == model
    new = Digits().load()
    assert np.array_equal(study.images[COUNT:], new.images)
    assert study.samples["label"][COUNT:].tolist() == new.table["label"].tolist()
    assert np.allclose(study.latents[COUNT:], study.model.encode(new.images), atol=1e-5)
    assert study.clusters["probability"].between(0, 1).all()
    assert np.isfinite(study.projection).all()


def test_nothing_is_trained_again_and_the_append_is_noted(digits_study: Study) -> None:
    append(digits_study, Digits(), seed=5)
    started: list[str] = []
    complete(digits_study, on_step=started.append)
    assert started == []
    assert is_trained_with(digits_study, last_settings(digits_study))
    (note,) = Study.open(digits_study.path).appended
    assert (note["source"], note["first_row"], note["images"]) == ("npz:/new/digits.npz", 360, 40)


def test_cohorts_and_names_of_clusters_stay(digits_study: Study, tmp_path: Path) -> None:
    study = digits_study
    selection = Selection.empty().combine(np.arange(0, 50, 7), "replace", {"kind": "list"})
    cohort = study.cohorts.save("sevens", selection, "", **study_digests(study))
    name_cluster(study, 0, "round")
    append(study, Digits())
    append(study, Digits(lambda imageset: replace(imageset, images=imageset.images[:, ::-1])))
    assert len(study) == COUNT + 80
    kept = study.cohorts.get_by_name("sevens")
    assert np.array_equal(kept.rows, cohort.rows)
    assert export_cohort(study, CohortExport(kept), tmp_path / "out.zip").exists()
    assert cluster_names(study) == {0: "round"}
    assert not study.is_continued("import", "0" * 16)


def test_a_study_whose_append_is_cut_off_is_as_it_was(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in digits_study.path.rglob("*.*") if path.is_file()}

    def cut_off(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cae.study.append.write_array", cut_off)
        with pytest.raises(KeyboardInterrupt):
            append(digits_study, Digits())
    assert {path: path.read_bytes() for path in before} == before
    opened = Study.open(digits_study.path)
    assert (len(opened), opened.verify()) == (COUNT, [])
    append(opened, Digits())
    assert len(Study.open(digits_study.path)) == COUNT + 40


def test_images_that_are_there_are_left_out_and_said(digits_study: Study) -> None:
    def with_old(imageset: ImageSet) -> ImageSet:
        images = imageset.images.copy()
        images[3] = digits_study.images[17]
        return replace(imageset, images=images)

    assert append(digits_study, Digits(with_old)) == 39
    problem = digits_study.problems.iloc[-1]
    assert problem["file"] == "digit-0363"
    assert problem["reason"] == "the study holds this image already, as digit-0017"
    with pytest.raises(CaeError, match="holds all 39 images already"):
        append(digits_study, Digits(lambda imageset: with_old(imageset).take(np.r_[:3, 4:40])))


def test_ids_that_are_taken_are_renamed(digits_study: Study) -> None:
    ids = [f"digit-{row:04d}" for row in range(40)]
    append(digits_study, Digits(with_columns(id=ids)))
    assert digits_study.samples["id"].is_unique
    assert digits_study.samples["id"][COUNT] == "added-1-digit-0000"
    assert "added-1-" in digits_study.appended[0]["notes"][-1]


def test_patients_keep_to_their_split(digits_study: Study) -> None:
    patients = np.resize(["patient 0", "patient 4", "patient 5", "patient 9"], 40)
    append(digits_study, Digits(with_columns(patient=patients, split="test")))
    table = digits_study.samples
    assert len(table[["patient", "split"]].drop_duplicates()) == table["patient"].nunique()
    splits = table[COUNT:].drop_duplicates("patient").set_index("patient")["split"].to_dict()
    assert splits == {
        "patient 0": "train",
        "patient 4": "val",
        "patient 5": "test",
        "patient 9": "test",
    }


def test_patients_are_known_by_their_examinations(digits_study: Study) -> None:
    table = digits_study.samples
    exams = "ST-" + table["patient"]
    write_table(digits_study.file("samples.parquet"), table.assign(study=exams))
    study = Study.open(digits_study.path)
    others = np.resize(["other 0", "other 1"], 40)
    exams = np.resize(["ST-patient 4", "ST-never seen"], 40)
    append(study, Digits(with_columns(patient=others, study=exams, split="test")))
    added = Study.open(study.path).samples[COUNT:]
    assert added["patient"].tolist() == ["patient 4", "other 1"] * 20
    assert set(added["split"][::2]) == {"val"}


def test_lesions_of_unknown_patients_keep_to_their_split(digits_study: Study) -> None:
    lesions = [f"L{row // 2}" for row in range(COUNT)]
    split = np.resize(["train"] * 4 + ["val"] * 2 + ["test"] * 2, COUNT)
    table = digits_study.samples.assign(patient=None, lesion_id=lesions, split=split)
    write_table(digits_study.file("samples.parquet"), table)
    study = Study.open(digits_study.path)
    more = [f"L{row}" for row in range(40)]
    append(study, Digits(with_columns(patient=[None] * 40, lesion_id=more, split="test")))
    table = Study.open(study.path).samples
    assert table.groupby("lesion_id")["split"].nunique().max() == 1
    assert any("lesion" in note for note in study.appended[-1]["notes"])


def write_scans(folder: Path, first: int, count: int) -> None:
    """Write digits as files with a table, in which `family` says who is one patient."""
    digits = digits_imageset(COUNT)
    folder.mkdir()
    lines = ["file,label,grade,visit,family"]
    for number in range(first, first + count):
        Image.fromarray(digits.images[number, ..., 0]).save(folder / f"{number:03d}.png")
        label = digits.table["label"][number]
        family = (number - first) // 4
        lines.append(f"{number:03d}.png,d{label},G{number % 3},V{number // 2},F{family}")
    (folder / "table.csv").write_text("\n".join(lines))


def test_another_folder_is_read_with_the_studys_choices(tmp_path: Path) -> None:
    write_scans(tmp_path / "one", 0, 120)
    write_scans(tmp_path / "two", 120, 120)
    chosen = Choices(patient="family", label="none")
    source = with_choices(parse(f"folder:{tmp_path / 'one'}"), chosen)
    study = build_quick_study(tmp_path / "study", source.load())
    manifest = read_json(study.path / MANIFEST)
    manifest |= {"source": source.spec, "choices": chosen.given()}
    write_json(study.path / MANIFEST, manifest)
    append(Study.open(study.path), parse(f"folder:{tmp_path / 'two'}"))
    table = Study.open(study.path).samples
    assert table["patient"].nunique() == 30
    assert table.groupby("patient")["split"].nunique().max() == 1
    assert table["label"].isna().all()
    assert table["visit"].notna().all()
    (tmp_path / "two" / "table.csv").write_text("file,subject\n120.png,a\n121.png,b\n")
    with pytest.raises(CaeError, match=r"'family'.*\(label: none, patient: family\).*for these"):
        append(Study.open(study.path), parse(f"folder:{tmp_path / 'two'}"))


def test_columns_have_the_names_that_the_study_gave_them(tmp_path: Path) -> None:
    write_scans(tmp_path / "one", 0, 60)
    write_scans(tmp_path / "two", 60, 60)
    study = build_quick_study(tmp_path / "study", parse(f"folder:{tmp_path / 'one'}").load())
    change_roles(study, Choices(label="grade"))
    study = Study.open(study.path)
    append(study, parse(f"folder:{tmp_path / 'two'}"))
    table = Study.open(study.path).samples
    assert set(table["label"]) == {"G0", "G1", "G2"}
    assert table["label (former)"].notna().all()
    assert not {"grade", "label (table)"} & set(table)


def test_labels_from_other_columns_than_the_studys_are_said(tmp_path: Path) -> None:
    write_scans(tmp_path / "one", 0, 60)
    write_scans(tmp_path / "two", 60, 60)
    study = build_quick_study(tmp_path / "study", parse(f"folder:{tmp_path / 'one'}").load())
    source = with_choices(parse(f"folder:{tmp_path / 'two'}"), Choices(label="grade"))
    append(study, source)
    assert (
        "The study's labels are from 'label' and those of the new images from 'grade'; look "
        "whether they mean the same." in Study.open(study.path).appended[-1]["notes"]
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: replace(s, images=s.images[:, :20, :20]), "measure 20×20 pixels"),
        (lambda s: replace(s, images=s.images.repeat(3, axis=-1)), "have colours"),
    ],
)
def test_other_images_are_refused(
    digits_study: Study, change: Callable[[ImageSet], ImageSet], sentence: str
) -> None:
    with pytest.raises(CaeError, match=sentence):
        append(digits_study, Digits(change))
    assert len(Study.open(digits_study.path)) == COUNT


def test_a_study_without_a_current_map_is_refused(digits_study: Study) -> None:
    del digits_study.manifest["steps"]["cluster"]
    write_json(digits_study.path / "study.json", digits_study.manifest)
    with pytest.raises(CaeError, match="'cluster' has not been run"):
        append(digits_study, Digits())


def test_columns_keep_their_values_and_types() -> None:
    old = pd.DataFrame(
        {
            "whole": [1, 2**60 + 1],
            "number": [0.1, np.nan],
            "flag": [True, False],
            "text": pd.Series(["a", None], dtype="str"),
            "day": pd.to_datetime(["2020-01-01", None]),
            "age": [5, 6],
            "only old": [7, 8],
            "unknown": pd.Series([None, None], dtype="str"),
        }
    )
    new = pd.DataFrame(
        {
            "whole": [3],
            "number": [4],
            "flag": [True],
            "text": pd.Series(["b"], dtype="str"),
            "day": pd.to_datetime(["2021-01-01"]),
            "age": pd.Series(["old"], dtype="str"),
            "only new": [9],
            "unknown": pd.Series(["known"], dtype="str"),
        }
    )
    joined = joined_samples(old, new.rename(columns=columns_aside(old, new)))
    kept = ["whole", "number", "flag", "text", "day"]
    pd.testing.assert_frame_equal(joined[kept].iloc[:2], old[kept], check_exact=True)
    assert joined["whole"].tolist() == [1, 2**60 + 1, 3]
    assert joined["age"].tolist()[:2] == [5, 6]
    assert joined["age (added)"].tolist()[2] == "old"
    assert joined["only old"].tolist()[:2] == [7, 8]
    assert joined["only new"].isna().tolist() == [True, True, False]
    assert joined["unknown"].tolist()[2] == "known"
    assert joined[["age", "only old"]].iloc[2].isna().all()
    assert columns_aside(old, new) == {"age": "age (added)"}


@pytest.mark.parametrize("turned", [False, True])
def test_whole_and_other_numbers_are_of_one_kind_while_none_changes(turned: bool) -> None:
    whole = pd.DataFrame({"a": [70, 81], "b": pd.array([1, None], "Int64"), "c": [2**53 + 1, 1]})
    other = pd.DataFrame({"a": [70.5, np.nan], "b": [3.0, 4.5], "c": [0.5, 1.5]})
    first, second = (other, whole) if turned else (whole, other)
    joined = joined_samples(first, second.rename(columns=columns_aside(first, second)))
    assert list(joined) == ["a", "b", "c", "c (added)"]
    expected = [*first["a"].tolist(), *second["a"].tolist()]
    np.testing.assert_array_equal(joined["a"].to_numpy(np.float64), expected)
    assert joined["b"].isna().sum() == 1
    assert joined["b"].dtype == np.float64
    assert columns_aside(first, second) == {"c": "c (added)"}


def test_what_may_tell_a_patient_does_so_aside_as_well(digits_study: Study) -> None:
    days = [f"0{1 + row % 9}/04/2020" for row in range(len(digits_study))]
    write_table(digits_study.file("samples.parquet"), digits_study.samples.assign(scan_day=days))
    manifest = read_json(digits_study.path / MANIFEST)
    marked = [*manifest["identifying"], "scan_day"]
    write_json(digits_study.path / MANIFEST, {**manifest, "identifying": marked})
    study = Study.open(digits_study.path)
    append(study, Digits(with_columns(scan_day=pd.to_datetime(["2021-04-13"] * 40))))
    study = Study.open(study.path)
    assert "scan_day (added)" in study.samples
    assert {"scan_day", "scan_day (added)"} <= set(study.identifying)
    told = disclosure(study, identifying=False).table(np.arange(len(study)))
    assert not [column for column in told if column.startswith("scan_day")]
    assert any("'scan_day (added)'" in note for note in study.appended[-1]["notes"])


def test_masks_that_a_study_has_not_are_left_out_and_said(digits_study: Study) -> None:
    def masked(imageset: ImageSet) -> ImageSet:
        masks = np.zeros((*imageset.images.shape[:3], 1), np.uint8)
        return replace(imageset, masks=masks, mask_names=("lesion",))

    append(digits_study, Digits(masked))
    assert Study.open(digits_study.path).masks is None
    said = digits_study.appended[-1]["notes"]
    assert any("has no masks, so that those of the new images are left out" in one for one in said)


def test_days_of_known_patients_go_on_where_a_study_is_in_both(digits_study: Study) -> None:
    visits = {"patient": "p1", "study": "v1", "days_since_first": 0}
    known = pd.DataFrame([visits, {**visits, "study": "v2", "days_since_first": 366}] * 180)
    for name in known:
        known[name] = known[name].astype("str" if name != "days_since_first" else "Int64")
    samples = digits_study.samples.assign(**{name: known[name] for name in known})
    write_table(digits_study.file("samples.parquet"), samples)
    study = Study.open(digits_study.path)
    # v2 again and a visit 730 days later; another patient; p2 has no visit in common.
    new = pd.DataFrame(
        {
            "patient": ["p1"] * 20 + ["p9"] * 20,
            "study": ["v2"] * 10 + ["v3"] * 10 + ["w1"] * 10 + ["w2"] * 10,
            "days_since_first": [0] * 10 + [730] * 10 + [0] * 10 + [9] * 10,
        }
    )
    append(study, Digits(with_columns(**{name: new[name] for name in new})))
    added = Study.open(study.path).samples.iloc[COUNT:]
    expected = [366] * 10 + [1096] * 10 + [0] * 10 + [9] * 10
    assert added["days_since_first"].tolist() == expected


def test_days_that_nothing_tells_are_missing_and_said(digits_study: Study) -> None:
    columns = {"patient": "p1", "study": "v1", "days_since_first": 0}
    write_table(digits_study.file("samples.parquet"), digits_study.samples.assign(**columns))
    study = Study.open(digits_study.path)
    append(study, Digits(with_columns(patient="p1", study="v3", days_since_first=0)))
    added = Study.open(study.path).samples.iloc[COUNT:]
    assert added["days_since_first"].isna().all()
    assert any(
        "Of patients who are known, but without days_since_first: 40" in n
        for n in study.appended[-1]["notes"]
    )
