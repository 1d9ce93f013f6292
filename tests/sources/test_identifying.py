import pandas as pd
import pytest

from cae.sources.identifying import is_identifying, is_identifying_by_form


@pytest.mark.parametrize(
    "name",
    [
        "Patient_ID",
        "patientAge",
        "LastName",
        "Name",
        "date_of_birth",
        "DOB",
        "BirthDate",
        "MRN",
        "home address",
        "Exam Date",
        "StudyInstanceUID",
        "Eye_ID",
        "e-mail",
        "Accession Number",
        "Geburtsdatum",
        "file_path",
        "phone2",
    ],
)
def test_identifying_names(name):
    assert is_identifying(name)


@pytest.mark.parametrize(
    "name",
    [
        "Unnamed: 0",
        "age",
        "sex",
        "BCVA",
        "CST",
        "Fluid (IRF)",
        "width",
        "plane",
        "idle",
        "update",
        "grid",
    ],
)
def test_other_names(name):
    assert not is_identifying(name)


@pytest.mark.parametrize(
    "name",
    [
        "eid",
        "PTID",
        "NHS No",
        "Nom",
        "prénom",
        "Nachname",
        "Vorname",
        "Patientenname",
        "Apellidos",
        "Cognome",
        "indirizzo",
        "Straße",
        "PLZ",
        "fecha_nacimiento",
        "Date de naissance",
        "Geburtsjahr",
        "data_nascita",
        "yearOfBirth",
        "YOB",
        "SSN",
        "Versichertennummer",
        "Telefonnummer",
        "E-Mail",
        "AccessionNumber",
        "SOPInstanceUID",
        "ReferringPhysician",
        "radiologist",
        "Bemerkung",
        "Report",
    ],
)
def test_names_of_several_languages_and_studies(name):
    assert is_identifying(name)


@pytest.mark.parametrize(
    "name", ["Alter", "Geschlecht", "sexo", "grade", "modality", "slice", "thickness", "KVP", "SUV"]
)
def test_harmless_names_of_several_languages(name):
    assert not is_identifying(name)


@pytest.mark.parametrize(
    "values",
    [
        ["2020-01-10 10:15:00.000", "2020-01-11 10:15:00.000"],
        ["19650412", "19700101", "19881231"],
        ["03/04/20", "05/06/21"],
        ["3. März 1965", "12. Mai 1970"],
        ["a@b.org", "c.d@e.de"],
        ["+49 30 1234567", "0171/1234567", "(030) 123 456"],
        ["555-123-4567", "555-123-4568"],
        ["123-45-6789", "987-65-4321"],
        ["DOE^JANE", "ROE^RICHARD^A"],
        ["Müller, Hans", "Doe, Jane"],
        ["C:\\data\\Mueller\\1.dcm", "/home/x/scan.dcm"],
        ["1.2.840.113619.2.5", "1.2.840.113619.2.6"],
        ["011_S_0002", "022_S_0014", "011_S_0003"],
        ["1000001", "1000002", "1000003"],
        ["AB12345", "AB12346", "CD99999"],
        [
            "the patient complained of a cough since last winter",
            "follow-up after surgery of the left lung in spring",
        ],
        ["seen by Dr Doe", "none", "none", "none"],
        ["Befund von Herrn Müller"] * 9 + ["unauffällig"] * 30,
    ],
)
def test_what_values_look_like(values):
    assert is_identifying_by_form(pd.Series(values, dtype="str"))


@pytest.mark.parametrize(
    "values",
    [
        ["60", "71", "55", None],
        ["0.12", "3.5", "1.25"],
        ["male", "female", "male"],
        ["left upper lobe", "right lower lobe"],
        ["T2", "T1", "FLAIR"],
        ["1234", "120", "98", "23456"],
        ["AP", "PA"],
        ["120 kV", "100 kV", "80 kV"],
        ["no finding", "cardiomegaly", "edema"],
        [None, None],
        ["CT123456"] * 9,
        ["Dr", "Mr", "don't know", "Don"],
        ["invasive ductal carcinoma of the breast, not otherwise specified"] * 4
        + ["benign fibroadenoma of the breast with calcifications in it"] * 3,
    ],
)
def test_measurements_and_categories_do_not_identify(values):
    assert not is_identifying_by_form(pd.Series(values, dtype="str"))


def test_a_number_of_its_own_for_every_patient_identifies():
    patients = pd.Series(["a", "a", "b", "b", "c"], dtype="str")
    own = pd.Series(["4711", "4711", "4712", "4712", "815"], dtype="str")
    shared = pd.Series(["4711", "4711", "4711", "4712", "4712"], dtype="str")
    assert is_identifying_by_form(own.replace("815", "8150"), patients)
    assert not is_identifying_by_form(shared, patients)
    assert not is_identifying_by_form(own.replace("815", "8150"))
