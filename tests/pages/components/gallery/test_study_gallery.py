import numpy as np
import pytest

from cae.errors import CaeError
from cae.study.study import Study
from pages.components.gallery import study_gallery as gallery_module
from pages.components.gallery.study_gallery import known_reconstructions, study_gallery

ROWS = np.array([5, 2])


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list:
    pictures: list = []
    monkeypatch.setattr(gallery_module, "gallery", lambda found, **_: pictures.extend(found))
    return pictures


def test_images_come_in_order_beside_what_is_decoded_of_them(digits_study: Study, shown) -> None:
    decoded = known_reconstructions(digits_study, ROWS)
    study_gallery(digits_study, ROWS, decoded, ["near", "far"])
    assert [one.row for one in shown] == [5, 2]
    assert [one.title for one in shown] == digits_study.samples["id"].iloc[ROWS].tolist()
    assert [one.caption.split(" · ")[0] for one in shown] == ["near", "far"]
    expected = digits_study.model.decode(np.asarray(digits_study.latents[ROWS], np.float32))
    for one, row, image in zip(shown, ROWS, expected, strict=True):
        assert np.array_equal(one.image, digits_study.images[row])
        assert np.array_equal(one.reconstruction, image)


def test_nothing_stands_beside_images_that_nobody_decoded(digits_study: Study, shown) -> None:
    study_gallery(digits_study, ROWS)
    assert [one.reconstruction for one in shown] == [None, None]


def test_why_nothing_is_decoded_is_said(digits_study: Study, monkeypatch) -> None:
    def fail(study: Study, rows: np.ndarray) -> np.ndarray:
        raise CaeError("The model is damaged.")

    said: list[str] = []
    monkeypatch.setattr(gallery_module, "reconstructions", fail)
    monkeypatch.setattr(gallery_module.st, "caption", said.append)
    assert known_reconstructions(digits_study, ROWS) == []
    assert said == ["The model is damaged."]
