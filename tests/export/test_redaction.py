import numpy as np
import pandas as pd
import pytest

from cae.cohorts.selection import LEFT_OUT
from cae.export.redaction import disclosure
from cae.storage import read_json, write_json, write_table
from cae.study.brought import Brought, bring_latents
from cae.study.manifest import MANIFEST
from cae.study.study import Study


def called(study: Study, name: str, source: str) -> Study:
    manifest = read_json(study.path / MANIFEST)
    write_json(study.path / MANIFEST, {**manifest, "name": name, "source": source})
    return Study.open(study.path)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("DOE_JANE_19450312", "dicom:/data/DOE_JANE_19450312"),
        ("doe jane", r"folder:C:\scans\doe jane"),
        ("doe.jane", "npz:/data/doe.jane.npz"),
        ("scan", "nifti:/data/scan.nii.gz"),
        ("DOE_JANE", "folder:/data/DOE_JANE,/tables/scans.csv"),
        ("DOE_JANE", "nifti:/data/DOE_JANE,all,2mm"),
        ("DOE, JANE", "dicom:/data/DOE, JANE,/tables/scans.csv"),
        ("jane", "folder:/data/scans,/tables/jane.csv"),
    ],
)
def test_a_name_that_is_a_files_or_folders_is_not_told(
    digits_study: Study, name: str, source: str
) -> None:
    study = called(digits_study, name, source)
    kind = source.split(":")[0]
    expected = f"{kind} {study.pixels_digest[:8]}"
    assert disclosure(study, identifying=False).study_name() == expected
    assert disclosure(study, identifying=True).study_name() == name


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Nodules of our ward", "dicom:/data/DOE_JANE_19450312"),
        ("pneumoniamnist", "medmnist:pneumoniamnist"),
        ("pneumoniamnist", "npz:/data/pneumoniamnist.npz"),
    ],
)
def test_a_name_that_somebody_gave_or_everybody_knows_is_told(
    digits_study: Study, name: str, source: str
) -> None:
    told = disclosure(called(digits_study, name, source), identifying=False)
    assert told.study_name() == name


@pytest.mark.parametrize(
    "text",
    [
        *("1950-03-04", "04.03.1950", "19500304", "03/04/1950", "4/3/1950", "4.3.50"),
        *("4 March 1950", "Mar 4, 1950", "1950/3/4"),
    ],
)
def test_a_day_is_known_however_it_is_written(digits_study: Study, text: str) -> None:
    born = pd.Timestamp("1950-03-04") + pd.to_timedelta(np.arange(len(digits_study)), unit="D")
    write_table(digits_study.file("samples.parquet"), digits_study.samples.assign(born=born))
    manifest = read_json(digits_study.path / MANIFEST)
    write_json(digits_study.path / MANIFEST, {**manifest, "identifying": ["born"]})
    told = disclosure(Study.open(digits_study.path), identifying=False)
    assert text not in told.text(f"seen {text} again")
    assert told.text("seen in March again") == "seen in March again"


def test_a_folder_of_shapes_stays_and_the_name_of_a_mask_may_go(digits_study: Study) -> None:
    told = disclosure(digits_study, identifying=False)
    named = {"shape": "outlines_of_doe_jane", "regions": 4}
    assert told.parameters(named) == {"shape": LEFT_OUT, "regions": 4}
    assert told.parameters({"shape": ""}) == {"shape": ""}
    assert disclosure(digits_study, identifying=True).parameters(named) == named


def test_names_of_files_of_vectors_stay(digits_study: Study) -> None:
    file = digits_study.path.parent / "doe_jane.npy"
    np.save(file, np.asarray(digits_study.latents))
    bring_latents(digits_study, Brought(file))
    study = Study.open(digits_study.path)
    parameters = study.parameters("encode")
    assert parameters["brought"]["file"] == "doe_jane.npy"
    told = disclosure(study, identifying=False).parameters(parameters)
    assert "doe_jane" not in str(told)
    assert told["brought"]["sha256"] == parameters["brought"]["sha256"]
    assert disclosure(study, identifying=True).parameters(parameters) == parameters
