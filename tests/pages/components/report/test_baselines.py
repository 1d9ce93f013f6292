import json

import pytest

from pages.components.report.baselines import expected_seconds


def test_a_longer_training_has_longer_baselines(digits_study):
    untold = expected_seconds(digits_study)
    history = digits_study.file("model/history.jsonl")
    history.parent.mkdir(exist_ok=True)
    epochs = [json.dumps({"epoch": epoch, "seconds": 30.5}) for epoch in (1, 2)]
    history.write_text("\n".join(epochs) + "\n")
    assert expected_seconds(digits_study) == pytest.approx(untold + 61)
    assert untold > 0
