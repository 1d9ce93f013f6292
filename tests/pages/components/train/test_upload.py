import pytest

from pages.components.kit.uploads import as_uploaded


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    return tmp_path


def test_uploaded_files_are_named_as_they_were_sent(home):
    told = f"{home}/.uploads/my scans/scans.zip is damaged; pack {home}/.uploads/x/a/b.png anew."
    assert as_uploaded(told) == "scans.zip is damaged; pack a/b.png anew."


def test_other_paths_stay(home):
    told = f"There is no folder {home}/scans."
    assert as_uploaded(told) == told
