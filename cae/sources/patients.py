"""Find out from columns and names which images are of one patient."""

import re
from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from cae.sources.identifying import is_free_text
from cae.sources.paths import folder_of, folders_of, name_of
from cae.sources.text_table import NOTHING
from cae.sources.vocabulary import joined, words

PATIENT_WORDS = words(
    "patient pat pt p patientid patid subject subj sub participant participants proband"
    " person case volunteer paciente pac paziente paz sujet suj sujeto teilnehmer fall"
)
_COLUMN_NAMES = (
    ("patient", "patientid", "patid", "patientnumber", "patientno", "patientnr", "patientenid")
    + ("patientennummer", "patientennr", "patnr", "pat", "ptid", "ptno", "patientkey")
    + ("deidentifiedpatientid", "anonymizedpatientid", "anonpatientid", "patientcode")
    + ("subject", "subjectid", "subjectno", "subjectnumber", "subjectlabel", "subjid", "usubjid")
    + ("bratssubjectid", "bratsid", "oasisid", "eid", "rid", "participant", "participantid")
    + ("person", "personid", "proband", "probandid", "probandennummer", "pid", "mrn", "empi")
    + ("empianon", "nhsno", "nhsnumber", "medicalrecordnumber", "ipp", "paciente", "idpaciente")
    + ("pacienteid", "patientidentifier", "idpatient", "paziente", "idpaziente", "sujetid")
    + ("teilnehmerid", "case", "caseid", "casenumber", "caseno")
)
# What belongs together although it is not said of which patient it is.
_GROUP_NAMES = (
    ("lesionid", "lesion", "eyeid", "slideid", "slide", "slidename", "wsi", "wsiid", "studyid")
    + ("studyinstanceuid", "study", "examid", "exam", "accession", "accessionnumber", "seriesid")
    + ("seriesinstanceuid", "seriesuid", "visitid", "scanid", "volumeid", "volume", "specimenid")
)
_PATIENT_FOLDER = re.compile(
    r"(?:patient|pat|pt|p|subject|subj|sub|participant|proband|person|case|volunteer|vol|paciente"
    r"|pac|paziente|sujet|sujeto|teilnehmer|fall)[\W_]*(?:id|no|nr)?[\W_]*\d+\w?",
    re.IGNORECASE,
)
# Numbers of three and more digits, and codes such as TCGA-AB-1234 and LIDC-IDRI-0001; fewer digits
# rather number grades and classes.
_CODE_FOLDER = re.compile(
    r"[a-z]{0,8}(?:[-_][a-z0-9]{1,8})*?[-_]?\d{3,}(?:[-_]\w{1,8})*", re.IGNORECASE
)
_PATIENT_PREFIX = re.compile(
    r"(?P<patient>(?:patient|pat|pt|subject|subj|sub|participant|proband|person|case|volunteer)"
    r"[-_ ]?\d+)(?=[-_ .]|$)"
    r"|(?P<tcga>TCGA-\w\w-\w{4})",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"[^\d]*?\d[^-_ ]*(?=[-_ ])")
_YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d(?:[-_]?\d\d){0,2}")
_MOST_PER_GROUP = 100
_MOST_CLASSES, _LEAST_PER_CLASS = 20, 50


def is_patient_name(column: str) -> bool:
    """Whether a column is called like the number of a patient."""
    return bool(_first_named([column], _COLUMN_NAMES))


def is_group_name(column: str) -> bool:
    """Whether a column is called like the number of a lesion, slide, study or the like."""
    return bool(_first_named([column], _GROUP_NAMES))


def patient_objection(values: pd.Series) -> str | None:
    """Return why the values of a column name no patients, as ``holds dates``; None if they may."""
    known = values.dropna()
    if known.empty:
        return "holds no values"
    if pd.api.types.is_datetime64_any_dtype(known):
        return "holds dates"
    if pd.api.types.is_bool_dtype(known):
        return "says yes or no"
    if pd.api.types.is_float_dtype(known) and (known % 1 != 0).any():
        return "holds numbers with decimals"
    if known.nunique() < 2:
        return "has the same value everywhere"
    if pd.api.types.is_string_dtype(known) and is_free_text(known):
        return "holds free text"
    return None


def named_patients(texts: pd.Series) -> pd.Series:
    """Return texts that name patients; missing where they say that none is named."""
    return texts.mask(texts.str.casefold().isin(NOTHING))


def find_patient_column(cells: pd.DataFrame) -> str | None:
    """Return the column that is named like the number of a patient; of equals, the fullest."""
    named = _first_named(cells.columns, _COLUMN_NAMES)
    return max(named, key=lambda column: cells[column].notna().sum(), default=None)


def find_group_column(cells: pd.DataFrame) -> str | None:
    """Return the column that is named like a lesion, slide, study or the like."""
    return next(iter(_first_named(cells.columns, _GROUP_NAMES)), None)


def folder_patients(files: Sequence[str]) -> list[str | None]:
    """Return the patient whose folder each file is in, missing where no folder is called so.

    The outermost folder counts that is called patient12, sub-01 or the like, else that bears a
    number of at least three digits; the latter only if there are several of them, and not where a
    few large ones hold the files themselves, which are classes rather.
    """
    named = [_outermost(file, _is_patient_folder) for file in files]
    if any(named):
        return named
    coded = pd.Series([_outermost(file, _is_code) for file in files], dtype="str")
    counts = coded.value_counts()
    innermost = {name_of(folder_of(file)) for file in files}
    are_classes = len(counts) <= _MOST_CLASSES and counts.mean() > _LEAST_PER_CLASS
    if len(counts) < 2 or (are_classes and innermost & set(counts.index)):
        return [None] * len(files)
    return coded.where(coded.notna(), None).tolist()


def is_case_name(name: str) -> bool:
    """Whether a name alone may number a patient or a case: 7, p12, la_003, TCGA-AB-1234."""
    return name.isdigit() or _is_patient_folder(name) or _is_code(name)


def prefix_patients(files: Sequence[str]) -> list[str | None]:
    """Return the patient each file's name begins with, such as sub-01 or TCGA-AB-1234."""
    matches = [_PATIENT_PREFIX.match(name_of(file)) for file in files]
    return [match[0] if match else None for match in matches]


def prefix_groups(files: Sequence[str]) -> pd.Series:
    """Return a prefix with a number that several files' names share, else missing.

    ``8863_x1.png`` and ``8863_x2.png`` may be of one patient.
    """
    matches = [_PREFIX.match(name_of(file)) for file in files]
    return plausible_groups(pd.Series([m[0] if m else None for m in matches], dtype="str"))


def plausible_groups(groups: pd.Series) -> pd.Series:
    """Return the groups of several images; all missing where they rather are years or batches.

    That is when there is one group only, one holds more than half of the images, or each holds
    over a hundred.
    """
    counts = groups.value_counts()
    shared = counts[counts > 1]
    if len(shared) < 2 or 2 * shared.max() > len(groups) or shared.mean() > _MOST_PER_GROUP:
        return groups.where(groups.isna(), None)
    return groups.where(groups.isin(shared.index), None)


def _is_patient_folder(name: str) -> bool:
    return bool(_PATIENT_FOLDER.fullmatch(name))


def _is_code(name: str) -> bool:
    return bool(_CODE_FOLDER.fullmatch(name)) and not _YEAR_OR_DATE.fullmatch(name)


def _outermost(file: str, is_patient: Callable[[str], bool]) -> str | None:
    return next(filter(is_patient, folders_of(file)), None)


def _first_named(columns: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return the columns that have the first of the names; numbers in them do not matter."""
    plain = [(column, joined(column)) for column in columns]
    for name in names:
        found = [column for column, text in plain if name in (text, re.sub(r"\d+", "", text))]
        if found:
            return found
    return []
