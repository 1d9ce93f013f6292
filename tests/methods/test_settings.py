import json

import pytest

from cae.errors import CaeError
from cae.methods.settings import TrainingSettings


def test_settings_survive_a_dictionary():
    settings = TrainingSettings(
        epochs=3, preset="skin", clinical=("age", "score"), clinical_weights=(1.0, 0.5)
    )
    assert TrainingSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_absent_values_take_their_defaults():
    assert TrainingSettings.from_dict({"epochs": 3}) == TrainingSettings(epochs=3)


def test_an_unknown_name_is_refused():
    with pytest.raises(CaeError, match="'speed'"):
        TrainingSettings.from_dict({"speed": 3})


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 0},
        {"latent": 1},
        {"positives": -1},
        {"temperature": 0},
        {"learning_rate": float("nan")},
    ],
)
def test_impossible_values_are_refused_in_a_sentence(values):
    with pytest.raises(CaeError, match=f"{next(iter(values))}.*\\.$"):
        TrainingSettings(**values)
