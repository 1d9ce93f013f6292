import json

import pytest

from cae.study.study import Study
from pages.components.state.shared_study import shared


def test_nothing_can_change_a_shared_study(digits_study: Study):
    study = shared(Study.open(digits_study.path))
    before = json.dumps(study.manifest)
    assert study.manifest == digits_study.manifest
    changes = [
        lambda: study.manifest.update(name="other"),
        lambda: study.manifest["steps"].pop("train"),
        lambda: study.manifest["identifying"].append("id"),
        lambda: study.manifest["steps"].__setitem__("train", {}),
    ]
    for change in changes:
        with pytest.raises(TypeError, match="open it anew"):
            change()
    with pytest.raises(TypeError, match="open it anew"), study.step("cluster", {}):
        pass
    assert json.dumps(study.manifest) == before
    assert Study.open(digits_study.path).is_current("cluster")
    assert len(study.samples) == len(study.latents) == 360
