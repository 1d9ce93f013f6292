import pytest

from cae.sharp.settings import SharpSettings
from cae.study import steps
from cae.study.study import Study


@pytest.mark.parametrize(
    ("images", "epochs"), [(0, 60), (700, 60), (5_000, 40), (10_000, 20), (10**6, 10)]
)
def test_few_images_are_looked_at_more_often(images: int, epochs: int) -> None:
    assert SharpSettings.usual_epochs(images) == epochs


def test_a_study_says_how_it_is_sharpened_where_nothing_else_is_said(digits_study: Study) -> None:
    usual = steps.usual_sharpening(digits_study)
    assert usual == {"seed": digits_study.seed, "epochs": 60}
    steps.sharpen(digits_study, epochs=1, width=8)
    found = digits_study.parameters("sharpen")
    assert (found["seed"], found["epochs"]) == (digits_study.seed, 1)
