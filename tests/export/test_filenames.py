import pytest

from cae.export.filenames import safe_names, safe_paths


def test_names_are_safe_and_unique_in_any_case():
    ids = [
        "a",
        "A",
        "a-2",
        "a",
        "../a",
        "..",
        "",
        "/",
        "con",
        "nul.txt",
        "-rf",
        "x" * 300,
        "ü",
        "é",
    ]
    names = list(safe_names([*ids, "x" * 301, "a\x00b", "a\nb", "CON"]))
    assert len({name.lower() for name in names}) == len(names) == len(ids) + 4
    for name in names:
        assert name.isascii()
        assert 0 < len(name) <= 110
        assert not set(name) & set('/\\:*?"<>|\n\x00 ')
        assert not name.startswith((".", "-"))
        assert name.lower() not in ("con", "nul", "nul.txt")


@pytest.mark.parametrize("name", ["digit-0001", "scan_1.2", "0"])
def test_plain_names_stay(name):
    assert list(safe_names([name])) == [name]


def test_same_ids_same_names():
    ids = ["a/b", "a_b", "a b", "c"]
    assert list(safe_names(ids)) == list(safe_names(ids)) == ["a_b", "a_b-2", "a_b-3", "c"]


def test_paths_keep_their_folders_and_endings():
    paths = ["ill/a.dcm", "ill/b/ä.tar.gz", "Ill/a.dcm", "ill/a.DCM", "../x", "a b/c", "a_b/c", "z"]
    assert list(safe_paths(paths)) == [
        *("ill/a.dcm", "ill/b/_.tar.gz", "Ill-2/a.dcm", "ill/a-2.DCM"),
        *("_/x", "a_b/c", "a_b-2/c", "z"),
    ]


@pytest.mark.parametrize("path", ["/a", "//a", "a/../../b", "con/nul", "a/-x", "a/.", "é" * 300])
def test_no_path_leads_out_or_is_refused_by_a_file_system(path):
    (safe,) = safe_paths([path])
    parts = safe.split("/")
    assert safe.isascii()
    assert all(0 < len(part) <= 120 and part.strip(".") == part for part in parts)
    assert not any(part.lower() in ("con", "nul") or part.startswith("-") for part in parts)
