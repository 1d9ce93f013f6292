import json

import pytest

from cae.study.study import Study
from pages.components.report.baselines import expected_seconds
from tests.conftest import digits_imageset


def test_a_longer_training_has_longer_baselines(tmp_path):
    study = Study.create(tmp_path / "digits", digits_imageset(), source="digits")
    untold = expected_seconds(study)
    epochs = [
        json.dumps({"epoch": epoch, "seconds": 30.5, "images_per_second": 8.0}) for epoch in (1, 2)
    ]
    with study.step("train", {"method": "contrastive"}) as files:
        files.add("model/history.jsonl").write_text("\n".join(epochs) + "\n")
    assert expected_seconds(study) == pytest.approx(untold + 61)
    assert untold > 0
