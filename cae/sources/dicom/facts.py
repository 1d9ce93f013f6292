"""What a DICOM file tells of an image, with pseudonyms in place of who it shows."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.sources.dicom.issuers import NUMBERED
from cae.sources.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

TEXTS = {
    "modality": "Modality",
    "body_part": "BodyPartExamined",
    "view": "ViewPosition",
    "sex": "PatientSex",
    "manufacturer": "Manufacturer",
    "scanner": "ManufacturerModelName",
    "kernel": "ConvolutionKernel",
    "sequence": "ScanningSequence",
    "burned_in_annotation": "BurnedInAnnotation",
    "photometric": "PhotometricInterpretation",
    "series_description": "SeriesDescription",
    "protocol": "ProtocolName",
}
NUMBERS = {
    "series_number": "SeriesNumber",
    "instance_number": "InstanceNumber",
    "field_strength_t": "MagneticFieldStrength",
    "repetition_time_ms": "RepetitionTime",
    "flip_angle_deg": "FlipAngle",
    "kvp": "KVP",
    "exposure_mas": "Exposure",
    "slice_thickness_mm": "SliceThickness",
    "slice_spacing_mm": "SpacingBetweenSlices",
}
# Free text in which a person may have written who the patient is.
FREE_TEXTS = ("series_description", "protocol")
_EYES = {"L": "left", "R": "right", "B": "both", "U": None}
_PLANES = ("sagittal", "coronal", "axial")
_OBLIQUE = 0.9
_LARGEST_ASPECT = 20
_AGE = re.compile(r"(\d{1,4})([YMWD])")
_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
# Ages above this are rare enough to tell who somebody is (45 CFR 164.514 b 2 i C).
OLDEST = 90.0


def describe(facts: "Dataset", pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Return the columns of one frame; None is missing.

    Patient, study, series and instance are pseudonyms, no name, number, date or place of the
    patient is kept; ``day`` is the day of the study as a number that means nothing but its
    distance from the patient's other days, see `relative_days`.
    """
    row: dict[str, Any] = _identities(facts, pseudonyms)
    row |= {name: _text(facts.get(keyword)) for name, keyword in TEXTS.items()}
    row |= {name: _number(facts.get(keyword)) for name, keyword in NUMBERS.items()}
    row["echo_time_ms"] = _number(facts.get("EchoTime", facts.get("EffectiveEchoTime")))
    row["age"] = _age(facts.get("PatientAge"))
    sides = (facts.get(name) for name in ("FrameLaterality", "ImageLaterality", "Laterality"))
    row["laterality"] = _EYES.get(_text(next(filter(None, sides), None)) or "U")
    row["day"] = _day(facts)
    row["rows"], row["columns"] = int(facts.Rows), int(facts.Columns)
    row["row_spacing_mm"], row["column_spacing_mm"] = spacing(facts)
    return row | _geometry(facts)


def patient_pseudonym(pseudonyms: Pseudonyms, number: str, issuer: str = "") -> str:
    """Return what stands for the patient whom somebody, the issuer, has given a number."""
    return pseudonyms.of("P", number, issuer)


def spacing(facts: "Dataset") -> tuple[float | None, float | None]:
    """Return the distance between rows and between columns in mm, None where it is not known."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        values = _numbers(facts.get(keyword), 2)
        if values is not None and min(values) > 0:
            return values[0], values[1]
    return None, None


def aspect(facts: "Dataset") -> float:
    """Return how much higher than wide a pixel is; 1 where nothing sensible is said."""
    row_mm, column_mm = spacing(facts)
    if row_mm is None or column_mm is None:
        row_mm, column_mm = _numbers(facts.get("PixelAspectRatio"), 2) or (1.0, 1.0)
    if min(row_mm, column_mm) <= 0:
        return 1.0
    ratio = row_mm / column_mm
    return ratio if 1 / _LARGEST_ASPECT <= ratio <= _LARGEST_ASPECT else 1.0


def _identities(facts: "Dataset", pseudonyms: Pseudonyms) -> dict[str, str | None]:
    """Return pseudonyms of patient, study, series and instance, None for what is not named.

    Under `NUMBERED` also that of the patient's number without who gave it, see `unite_by_issuer`.
    """
    study = _text(facts.get("StudyInstanceUID"))
    patient = [
        _text(facts.get(keyword)) or ""
        for keyword in ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate")
    ]
    # A number is enough; without one, name and birthday tell patients apart, or else the study.
    who = ["", "", *patient[2:]] if any(patient) else [study] if study else []
    known = patient_pseudonym(pseudonyms, *patient[:2]) if patient[0] else None
    return {
        NUMBERED: patient_pseudonym(pseudonyms, patient[0]) if patient[0] else None,
        "patient": known or (pseudonyms.of("P", *who) if who else None),
        "study": pseudonyms.of("ST", study) if study else None,
        "series": _pseudonym(pseudonyms, "SE", facts.get("SeriesInstanceUID")),
        "instance": _pseudonym(pseudonyms, "IM", facts.get("SOPInstanceUID")),
    }


def _pseudonym(pseudonyms: Pseudonyms, kind: str, value: Any) -> str | None:
    text = _text(value)
    return pseudonyms.of(kind, text) if text else None


def _geometry(facts: "Dataset") -> dict[str, Any]:
    """Return where the middle of the frame lies in the patient, in mm, and in which plane."""
    row: dict[str, Any] = dict.fromkeys(("plane", "x_mm", "y_mm", "z_mm", "orientation"))
    directions = _numbers(facts.get("ImageOrientationPatient"), 6)
    if directions is None:
        return row
    along_row, along_column = np.array(directions[:3]), np.array(directions[3:])
    normal = np.abs(np.cross(along_row, along_column))
    if normal.max() < 1e-3:
        return row
    row["plane"] = _PLANES[int(normal.argmax())] if normal.max() >= _OBLIQUE else "oblique"
    row["orientation"] = " ".join(f"{value:.2f}" for value in directions)
    corner, (row_mm, column_mm) = _numbers(facts.get("ImagePositionPatient"), 3), spacing(facts)
    if corner is not None and row_mm is not None:
        middle = (
            np.array(corner)
            + along_row * column_mm * (facts.Columns - 1) / 2
            + along_column * row_mm * (facts.Rows - 1) / 2
        )
        row["x_mm"], row["y_mm"], row["z_mm"] = (float(value) for value in middle)
    return row


def _day(facts: "Dataset") -> int | None:
    """Return the study's date as a number of days."""
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        text = _text(facts.get(keyword)) or ""
        if re.fullmatch(r"\d{8}", text):
            try:
                return int(np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}", "D").astype(int))
            except ValueError:
                continue
    return None


def _age(value: Any) -> float | None:
    found = _AGE.fullmatch(_text(value) or "")
    return min(int(found[1]) * _YEARS[found[2]], OLDEST) if found else None


def _text(value: Any) -> str | None:
    """Return an element's value as text, several values with spaces between; None if empty."""
    if value is None:
        return None
    several = hasattr(value, "append") or isinstance(value, (list, tuple))
    text = " ".join(str(part) for part in value) if several else str(value)
    return " ".join(text.replace("\0", " ").split()) or None


def _number(value: Any) -> float | None:
    values = _numbers(value, 1)
    return values[0] if values else None


def _numbers(value: Any, count: int) -> list[float] | None:
    """Return the first `count` numbers of an element, None where it does not hold them."""
    several = hasattr(value, "append") or isinstance(value, (list, tuple))
    try:
        numbers = [float(part) for part in (list(value) if several else [value])[:count]]
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None
