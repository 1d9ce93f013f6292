"""Recognise columns that may tell who a patient is; rather once too often."""

import re

import pandas as pd

from cae.sources.dates import looks_like_date
from cae.sources.vocabulary import joined, words, words_in

# Compared with whole words of a column's name, without accents.
_WORDS = words(
    # ids
    "id ids uid guid uuid eid rid pid ptid mrn ssn nhs nhi ipp nir iin ahv svnr kvnr empi bsn"
    " cpf rut dni nie nif curp oib pesel cpr egn aadhaar passport ausweis scanno barcode"
    " identifier kennung fallnummer fallnr patnr patientennummer accession accno acc orthanc"
    # names
    " name names nom noms nome nombre nombres apellido apellidos prenom prenoms vorname nachname"
    " cognome sobrenome surname forename firstname lastname fullname familyname givenname initials"
    " initialen doctor physician arzt aerztin medecin medico operator radiologist reader referrer"
    " untersucher befunder"
    # dates
    " dob yob date dates datum daten fecha datetime timestamp birthday birthdate born"
    " geboren geb geburtstag geburtsdatum gebdat jahrgang naissance nacimiento nascita nascimento"
    " nee nato deceased death dod sterbedatum admission discharge aufnahme entlassung"
    # places and ways to reach someone
    " zip postcode plz postal cep ort wohnort city town stadt ville ciudad citta address"
    " adresse anschrift strasse street rue calle indirizzo direccion endereco domicilio"
    " telephone telefon telefono telefone tel phone mobile handy fax mail email mailadresse url"
    " uri ip website"
    # files and notes
    " file filename path pfad datei dateiname fichier archivo report reports befundtext"
    " comment comments note notes remark remarks bemerkung bemerkungen kommentar anamnese"
    " narrative impression freitext"
)
# Found anywhere in a name, also where words are written together.
_PARTS = (
    ("patient", "paziente", "paciente", "subject", "subjid", "participant", "person", "proband")
    + ("versicher", "insurance", "krankenkasse", "name", "birth", "geburt", "naissance")
    + (
        "nacimiento",
        "nascita",
        "nascimento",
        "address",
        "adresse",
        "anschrift",
        "street",
        "strasse",
    )
    + ("telephone", "telefon", "medicalrecord", "hospital", "klinik", "clinic", "instanceuid")
    + ("accession", "datetime", "identifi", "sozialvers", "securitynumber", "krankenhaus")
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}")
_PHONE = re.compile(
    r"(?=(?:\D*\d){7,15}\D*$)(?:\+|00|\(?0)\d[\d\s()/.-]*|\d{3}[-. ]\d{3,4}[-. ]\d{4}"
)
_SOCIAL = re.compile(r"\d{3}-\d{2}-\d{4}|\d{3} \d{3} \d{4}|\d{3}\.\d{3}\.\d{3}-\d{2}")
_PERSON = re.compile(r"[^\W\d_]+\^[^\W\d_]+.*|[A-ZÀ-Þ][^\W\d_'-]+,\s?[A-ZÀ-Þ][^\W\d_]+.*")
_PATH = re.compile(r"(?:.*[/\\]).*\.\w{2,5}|https?://.*|(?:[A-Za-z]:)?[/\\].*")
_UID = re.compile(r"\d+(?:\.\d+){4,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CODE = re.compile(r"(?=\D*\d)(?=.*[A-Za-z]|\d+[-_/]\d+)[A-Za-z0-9][\w./-]{3,}|\d{6,}")
_NUMBER_ID = re.compile(r"\d{4,}")
_TITLED = re.compile(
    r"\b(?:Mrs?|Ms|Miss|Drs?|Prof|Professor|Herrn?|Frau|Fr|Mme|Mlle|Dott|Sig|Sra?|Doña|Don)\b\.?"
    r"\s+[A-ZÀ-Þ][^\W\d_]+"
)
_SHORTEST_TEXT, _FEWEST_WORDS = 40, 7
# Of long categories; more are sentences that somebody wrote.
_MOST_PHRASES = 8
_FEWEST_TITLED = 0.02


def is_identifying(name: str) -> bool:
    """Whether a column of this name may tell who a patient is; rather once too often."""
    # As pandas calls a column without a name.
    together = joined(name).removeprefix("unnamed")
    return bool(_WORDS.intersection(words_in(name))) or any(part in together for part in _PARTS)


def is_identifying_by_form(texts: pd.Series, patients: pd.Series | None = None) -> bool:
    """Whether the values of a column may tell who a patient is.

    Most of them are dates in any form, e-mail addresses, telephone or insurance numbers, names
    such as ``Doe, Jane``, paths or unique identifiers; or codes that are different for nearly
    every image, or that number the patients one by one; or free text, such as a report that all
    images of a patient share; or some name people with a title, such as ``Dr Doe``.

    Args:
        texts: text with missing values.
        patients: the patient of each row, where known.
    """
    known = texts.dropna()
    if known.empty:
        return False
    unique = pd.Series(known.unique())
    for is_form in (_is_telling, looks_like_date):
        if unique.map(is_form).mean() > 0.5:
            return True
    if unique.str.contains(_TITLED).mean() > _FEWEST_TITLED:
        return True
    if is_free_text(known if patients is None else _once_a_patient(texts, patients)):
        return True
    if len(unique) > 2 and len(unique) >= 0.9 * len(known) and _are_codes(unique, _CODE):
        return True
    return patients is not None and _numbers_patients(texts, patients)


def _once_a_patient(texts: pd.Series, patients: pd.Series) -> pd.Series:
    pairs = pd.DataFrame({"text": texts, "patient": patients}).dropna(subset="text")
    return pairs.drop_duplicates()["text"]


def is_free_text(texts: pd.Series) -> bool:
    """Whether texts (none missing) are long, and most of them or many are unlike."""
    unique = pd.Series(texts.unique())
    lengths = unique.str.len().mean()
    words = unique.str.split().map(len).mean()
    is_long = lengths >= _SHORTEST_TEXT and words > 3 or words >= _FEWEST_WORDS
    return bool(is_long) and (2 * len(unique) > len(texts) or len(unique) > _MOST_PHRASES)


def _is_telling(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_EMAIL, _PHONE, _SOCIAL, _PERSON, _PATH, _UID))


def _numbers_patients(texts: pd.Series, patients: pd.Series) -> bool:
    """Whether each patient has a code of his own."""
    pairs = pd.DataFrame({"code": texts, "patient": patients}).dropna().drop_duplicates()
    if len(pairs) < 3 or not pairs["code"].is_unique or not pairs["patient"].is_unique:
        return False
    return _are_codes(pairs["code"], _CODE) or _are_codes(pairs["code"], _NUMBER_ID)


def _are_codes(unique: pd.Series, form: re.Pattern[str]) -> bool:
    """Whether nearly all texts are codes, whole numbers of one length being such, too."""
    are_codes = unique.map(lambda text: bool(form.fullmatch(text)))
    are_alike = unique.str.len().nunique() <= 2 or not unique.str.isdigit().all()
    return are_codes.mean() > 0.9 and are_alike
