from types import SimpleNamespace

import pytest

from pages.components.train import bring_images


@pytest.mark.parametrize(("is_active", "taken"), [(True, True), (False, False)])
def test_an_import_that_failed_leaves_its_name(monkeypatch, tmp_path, is_active, taken):
    monkeypatch.setattr(bring_images, "studies_folder", lambda: tmp_path)
    job = SimpleNamespace(is_active=is_active)
    monkeypatch.setattr(bring_images.runs, "status", lambda folder: job)
    assert bring_images.is_taken("scans") is taken


def test_the_name_of_a_study_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(bring_images, "studies_folder", lambda: tmp_path)
    monkeypatch.setattr(bring_images.runs, "status", lambda folder: None)
    (tmp_path / "scans").mkdir()
    assert bring_images.is_taken("scans")
    assert not bring_images.is_taken("others")
