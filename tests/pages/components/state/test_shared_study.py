import json

import numpy as np
import pandas as pd
import pytest

from cae.storage import write_array, write_table
from cae.study.study import Study
from pages.components.state.shared_study import shared_study


def test_nothing_can_change_a_shared_study(digits_study: Study):
    study = shared_study(digits_study.path)
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
    for run in (
        lambda: study.step("cluster", {}),
        lambda: study.adopt("cluster", {}, {}),
        lambda: study.abandon("cluster"),
        study.working,
        study.refresh,
    ):
        with pytest.raises(TypeError, match="open it anew"):
            run()
    assert json.dumps(study.manifest) == before
    assert Study.open(digits_study.path).is_current("cluster")


def test_a_step_that_finishes_meanwhile_changes_nothing_of_what_is_looked_at(digits_study: Study):
    before = np.array(digits_study.latents), digits_study.clusters["cluster"].tolist()
    study = shared_study(digits_study.path)
    digest = study.digest("encode")
    other = Study.open(digits_study.path)
    with other.step("encode", {}) as files:
        write_array(files.add("latents.npy"), before[0] + 1)
    with other.step("project", {}) as files:
        write_array(files.add("projection.npy"), before[0][:, :2])
    with other.step("cluster", {}) as files:
        table = pd.DataFrame({"cluster": np.zeros(360, int), "probability": 1.0})
        write_table(files.add("clusters.parquet"), table)
    assert study.digest("encode") == digest
    assert np.array_equal(study.latents, before[0])
    assert study.table["cluster"].tolist() == before[1]
    anew = shared_study(digits_study.path)
    assert anew.digest("encode") != digest
    assert np.array_equal(anew.latents, before[0] + 1)


def test_what_is_damaged_is_said_by_who_needs_it(digits_study: Study):
    digits_study.file("projection.npy").write_bytes(b"nothing of use")
    study = shared_study(digits_study.path)
    assert len(study.latents) == 360
    with pytest.raises(Exception, match=r"projection\.npy is damaged"):
        _ = study.projection
