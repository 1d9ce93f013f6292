from cae.home import list_studies, studies_folder


def test_home_is_what_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "studies"))
    assert studies_folder() == tmp_path / "studies"
    assert list_studies() == []
    assert not studies_folder().exists()


def test_home_without_environment_is_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("CAE_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert studies_folder().name == "cae-explorer"


def test_only_folders_with_a_manifest_are_studies(monkeypatch, tmp_path, digits_study):
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").write_text("x")
    (tmp_path / "another").mkdir()
    (tmp_path / "another" / "study.json").write_text("{}")
    assert list_studies() == [tmp_path / "another", digits_study.path]
