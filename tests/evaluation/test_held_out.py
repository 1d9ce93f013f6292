from collections.abc import Callable
from typing import Any

import pytest

from cae.errors import CaeError
from cae.evaluation import measure, measure_marks
from cae.evaluation.finetune import finetune_column
from cae.evaluation.held_out import is_held_out, require_held_out
from cae.evaluation.two_studies import agreement_of
from cae.sources.choices import Choices
from cae.study.roles import change_roles
from cae.study.study import Study


@pytest.fixture
def study(digits_study: Study) -> Study:
    """Its model learnt from images that are test images now."""
    assert is_held_out(digits_study)
    require_held_out(digits_study)
    change_roles(digits_study, Choices(split="none"))
    return digits_study


@pytest.mark.parametrize(
    "measured", [measure, measure_marks, lambda study: finetune_column(study, "label", 0.5, 0)]
)
def test_nothing_is_measured_on_images_that_the_model_saw(
    study: Study, measured: Callable[[Study], Any]
) -> None:
    assert not is_held_out(study)
    with pytest.raises(CaeError, match="'train' is out of date.*cae train"):
        measured(study)


def test_two_studies_are_compared_but_for_columns(study: Study) -> None:
    found = agreement_of(study, study)
    assert found.arrangement.overlap.value == 1
    assert found.columns == ()
    assert found.left_out["site"].endswith("learnt from another split than the present one")


def test_another_label_is_no_reason(digits_study: Study) -> None:
    change_roles(digits_study, Choices(label="site"))
    require_held_out(digits_study)
