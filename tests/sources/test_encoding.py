import pytest

from cae.errors import CaeError
from cae.sources.encoding import decode


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "file,sex\na.png,männlich\nb.png,weiblich\n"),
        ("cp1252", "file,size\na.png,5 µm\nb.png,6 µm\n"),
        ("cp1252", "file,temp\na.png,37 °C\nb.png,38 °C\n"),
        ("cp1252", "file,v\na,décollement\nb,œdème\nc,néant\nd,opéré\ne,à droite\nf,côté\n"),
        ("cp1252", "file,v\na,niño\nb,corazón\n"),
        ("cp1252", "file,v\na,Übergröße\nb,Straße\n"),
        ("cp1252", "file,v\na,the patient’s left eye – no “change”\n"),
        ("cp1252", "file,v\na,5 ± 2 mm²\n"),
        ("cp1250", "file,v\na,zdjęcie płuc\nb,złamanie żebra\n"),
        ("mac_roman", "file,v\na,männlich\nb,größer\n"),
        ("cp850", "file,v\na,männlich\nb,größer für\n"),
        ("cp1251", "файл;диагноз\na.png;пневмония\nb.png;здоровые лёгкие\n"),
        ("utf-16-le", "file,v\na,männlich\nb,weiblich\n"),
    ],
)
def test_unmarked_encodings_are_guessed_and_said(encoding, text):
    found = decode(text.encode(encoding))
    assert found.text == text
    assert "--encoding" in found.note


def test_a_guess_shows_what_it_made_of_the_text():
    found = decode("file,sex\na.png,männlich\n".encode("cp1252"))
    assert found.encoding == "cp1252"
    assert "'männlich'" in found.note


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_says_its_encoding_is_no_guess(encoding):
    found = decode("Größe\n日本\n".encode(encoding))
    assert (found.text, found.note) == ("Größe\n日本\n", "")


def test_a_person_has_the_last_word():
    content = "män".encode("cp1252")
    assert decode(content, "mac_roman").text == content.decode("mac_roman")
    assert decode("\ufeffä".encode(), "utf-8").text == "ä"
    with pytest.raises(CaeError, match="no encoding 'klingon'"):
        decode(content, "klingon")
    with pytest.raises(CaeError, match="not written in utf-8"):
        decode(content, "utf-8")
