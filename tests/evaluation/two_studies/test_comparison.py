import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.evaluation.two_studies import agreement_of, measure_agreement, measured_agreement
from cae.evaluation.two_studies.both import both_of
from cae.evaluation.two_studies.columns import columns_in, examples_of
from cae.evaluation.two_studies.saved import AGREEMENTS
from cae.latent.scaling import NONE
from cae.storage import read_json, write_array, write_json, write_table
from cae.study.brought import Brought, bring_latents
from cae.study.study import Study
from cae.study.verify import verify
from tests.conftest import digits_imageset

COUNT = 120
Change = Callable[[pd.DataFrame], pd.DataFrame]


def with_latents(study: Study, latents: np.ndarray) -> Study:
    file = study.path.with_suffix(".npy")
    np.save(file, latents.astype(np.float32))
    bring_latents(study, Brought(file, NONE))
    return Study.open(study.path)


def latents_of(study: Study, size: int = 6) -> np.ndarray:
    """Principal components of the pixels, by numpy."""
    pixels = study.images.reshape(len(study), -1) / 255.0
    centred = pixels - pixels.mean(axis=0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2][:size].T


def as_pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Patients of two images, a third of them in test; a number, a constant and a numbering."""
    patients = np.arange(len(table)) // 2
    return table.assign(
        patient=[f"patient {one}" for one in patients],
        split=np.where(patients % 3 == 0, "test", "train"),
        age=np.random.default_rng(0).normal(60, 8, len(table)),
        machine="the same",
        number=np.arange(len(table)),
    )


def new_study(path: Path, rows: np.ndarray | None = None, change: Change = as_pairs) -> Study:
    whole = digits_imageset(COUNT)
    images = replace(whole, table=change(whole.table))
    study = Study.create(
        path, images if rows is None else images.take(rows), source="digits", seed=0
    )
    return with_latents(study, latents_of(study))


@pytest.fixture
def first(tmp_path: Path) -> Study:
    return new_study(tmp_path / "first")


def copy_of(study: Study, name: str) -> Study:
    return Study.open(shutil.copytree(study.path, study.path.with_name(name)))


def test_a_study_agrees_with_itself(first: Study) -> None:
    seen: list[tuple[int, int]] = []
    found = agreement_of(first, first, lambda done, total, message="": seen.append((done, total)))
    arranged = found.arrangement
    assert (found.names, found.images, found.shared) == (("first", "first"), (120, 120), 120)
    assert (arranged.overlap.value, arranged.overlap.low) == (1, 1)
    assert arranged.overlaps == (*[0] * 10, 120)
    assert arranged.cka == pytest.approx(1)
    assert arranged.clusters == (None, None)
    assert arranged.cluster_agreement is None
    assert {one.column for one in found.columns} == {"label", "ink", "site", "age"}
    for probe in (probe for one in found.columns for probe in one.probes):
        assert probe.first == probe.second
        assert (probe.difference.value, probe.p) == (0, 1)
    assert set(found.left_out) == {"id", "split", "patient", "machine", "number"}
    assert seen == [(done, seen[0][1]) for done in [*range(1, 4), *range(4, len(seen) + 1)]]
    assert seen[-1][0] <= seen[-1][1]


def test_turning_latents_and_the_order_of_rows_change_nothing(first: Study) -> None:
    order = np.random.default_rng(3).permutation(COUNT)
    second = new_study(first.path.with_name("second"), order)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    noisy = latents_of(first) + np.random.default_rng(2).normal(0, 1, (COUNT, 6))
    plain = with_latents(copy_of(first, "plain"), noisy)
    second = with_latents(second, (4 * noisy @ rotation)[order])
    one, other = agreement_of(first, plain), agreement_of(first, second)
    assert 0.1 < one.arrangement.overlap.value < 0.9
    assert one.arrangement.overlap == other.arrangement.overlap
    assert one.arrangement.cka == pytest.approx(other.arrangement.cka, abs=1e-5)
    assert one.arrangement.apart[:10] == other.arrangement.apart[:10]
    for own, theirs in zip(one.columns, other.columns, strict=True):
        assert own.column == theirs.column
        assert own.probes[0].second.value == pytest.approx(theirs.probes[0].second.value, abs=1e-6)


def test_neighbours_are_sought_among_shared_images_alone(first: Study) -> None:
    rows = np.arange(20, COUNT)
    second = new_study(first.path.with_name("second"), rows)
    second = with_latents(second, latents_of(first)[rows])
    found = agreement_of(first, second)
    assert (found.images, found.shared) == ((120, 100), 100)
    assert found.arrangement.overlap.value == 1
    assert min(found.arrangement.apart) >= 20


def test_clusterings_are_compared(first: Study) -> None:
    second = copy_of(first, "second")
    for study, groups in ((first, 4), (second, 3)):
        table = pd.DataFrame(
            {
                "cluster": np.arange(COUNT) % groups - (np.arange(COUNT) < 9),
                "probability": 1.0,
                "outlier_score": 0.0,
            }
        )
        with study.step("project", {"seed": 0}) as files:
            write_array(files.add("projection.npy"), np.asarray(study.latents)[:, :2])
        with study.step("cluster", {"method": "kmeans", "k": groups}) as files:
            write_table(files.add("clusters.parquet"), table)
    found = agreement_of(first, second).arrangement
    assert found.clusters == (4, 3)
    assert found.cluster_agreement == pytest.approx(0, abs=0.15)
    assert agreement_of(first, first).arrangement.cluster_agreement == pytest.approx(1)


@pytest.mark.parametrize("shared", [0, 1, 19])
def test_too_few_shared_images_are_refused(tmp_path: Path, shared: int) -> None:
    first = new_study(tmp_path / "first", np.arange(60))
    second = new_study(tmp_path / "second", np.arange(60 - shared, COUNT))
    plural = "" if shared == 1 else "s"
    with pytest.raises(CaeError, match=f"first and second share {shared} image{plural}, and at"):
        agreement_of(first, second)


def test_images_of_another_size_are_refused_with_both_sizes(first: Study, tmp_path: Path) -> None:
    whole = digits_imageset(30)
    larger = replace(whole, images=np.pad(whole.images, ((0, 0), (2, 2), (2, 2), (0, 0))))
    second = Study.create(tmp_path / "second", larger, source="digits")
    second = with_latents(second, latents_of(second))
    with pytest.raises(CaeError, match="28 × 28 and 32 × 32 pixels"):
        agreement_of(first, second)


def test_without_latents_it_says_what_to_run(first: Study, tmp_path: Path) -> None:
    second = Study.create(tmp_path / "second", digits_imageset(COUNT), source="digits")
    with pytest.raises(CaeError, match="'encode' has not been run"):
        agreement_of(first, second)


def test_no_patient_is_learnt_from_and_tested(first: Study) -> None:
    def torn(table: pd.DataFrame) -> pd.DataFrame:
        return as_pairs(table).assign(
            split=np.where(np.arange(len(table)) % 5 == 0, "test", "train")
        )

    study = new_study(first.path.with_name("torn"), change=torn)
    both = both_of(study, study)
    examples, remarks = examples_of(both)
    patients = study.samples["patient"]
    assert len(examples.test) == 24
    assert not set(patients[examples.train]) & set(patients[examples.test])
    assert remarks == (
        "24 training images are left out of columns, since their patients are tested.",
    )


def test_what_the_second_trained_on_is_not_tested(first: Study) -> None:
    second = copy_of(first, "second")
    moved = second.samples.assign(
        split=np.where(np.arange(COUNT) < 60, "train", second.samples["split"])
    )
    write_table(second.file("samples.parquet"), moved)
    examples, remarks = examples_of(both_of(first, Study.open(second.path)))
    assert examples.test.tolist() == [row for row in first.rows("test") if row >= 60]
    assert remarks == (
        "20 test images of first are left out of columns, since second trained on them.",
    )


def test_without_test_images_validation_images_are_measured(first: Study) -> None:
    table = first.samples.replace({"split": {"test": "val"}})
    write_table(first.file("samples.parquet"), table)
    study = Study.open(first.path)
    examples, remarks = examples_of(both_of(study, study))
    assert examples.test.tolist() == study.rows("val").tolist()
    assert remarks == ("There are no test images; columns are measured on validation images.",)


def test_columns_of_the_second_study_are_told_too(first: Study) -> None:
    second = copy_of(first, "second")
    table = second.samples.assign(scanner=np.where(np.arange(COUNT) % 4 < 2, "old", "new"), age=0)
    write_table(second.file("samples.parquet"), table)
    both = both_of(first, Study.open(second.path))
    assert both.table["age"].tolist() == first.samples["age"].tolist()
    assert "scanner" in {one.column for one in columns_in(both)[0]}


def test_it_is_kept_until_a_study_changes(first: Study) -> None:
    second = copy_of(first, "second")
    assert measured_agreement(first, second) is None
    found = measure_agreement(first, second)
    assert measured_agreement(Study.open(first.path), second) == found
    assert measured_agreement(second, first) is None
    assert verify(first) == []
    second = with_latents(second, latents_of(second)[:, :3])
    assert measured_agreement(first, second) is None


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": 1}', "strange row", "no agreement"])
def test_a_damaged_file_counts_as_none(first: Study, damage: str) -> None:
    measure_agreement(first, first)
    file = first.path / AGREEMENTS / "first.json"
    kept = read_json(file)
    if damage == "strange row":
        kept["agreement"]["arrangement"]["apart"] = [COUNT]
        write_json(file, kept)
    elif damage == "no agreement":
        kept["agreement"] = {"names": [1]}
        write_json(file, kept)
    else:
        file.write_text(damage)
        assert [one.file for one in verify(first)] == ["agreements/first.json"]
    assert measured_agreement(first, first) is None
