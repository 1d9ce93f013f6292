"""A study from a stranger: whatever its JSON says, it is looked at or refused in a sentence."""

import contextlib
import copy
import io
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cae.cli.looking import info
from cae.cohorts.selection import Selection
from cae.decoding.direction_store import save_direction, saved_directions
from cae.errors import CaeError
from cae.evaluation.saved import measured
from cae.export.provenance import provenance
from cae.export.redaction import disclosure
from cae.latent.direction import Direction
from cae.storage import write_array, write_json
from cae.study.cluster_names import name_cluster
from cae.study.maps import list_projections, positions
from cae.study.step import STEPS
from cae.study.steps import last_settings, pending
from cae.study.study import Study
from cae.study.verify import verify
from pages.components.jobs.loss_curves import loss_figure, read_history
from pages.components.report.contingency import contingency_table
from pages.components.report.figures_table import LINES, SAMPLE_LINES, figures_table
from pages.components.report.reliability import reliability_figure
from pages.components.state.outdated_notice import outdated_words
from pages.components.state.shared_study import shared_study
from pages.components.state.study_view import cluster_title, colour_choices, study_table
from pages.components.train.study_list import study_state
from tests.conftest import ROOT, add_local_model, build_digits_study

SEED = 18
# How many places of each file are altered.
ALTERED = {
    "study.json": 120,
    "model/model.json": 35,
    "local/model.json": 15,
    "report.json": 12,
    "directions.json": 10,
    "cluster_names.json": 5,
    "maps/umap-9-0.1.json": 3,
}
GONE = object()
VALUES: tuple[Any, ...] = (
    GONE,
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    float("nan"),
    float("-inf"),
    "",
    "train",
    "../../outside",
    "/etc/passwd",
    "x" * 100_000,
    [],
    ["../.."],
    {},
    {"../..": {"bytes": -1}},
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value, outermost first."""
    if not isinstance(value, dict | list):
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*at, key)
        yield from places(item, (*at, key))


def altered(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    value = copy.deepcopy(value)
    holder = value
    for key in at[:-1]:
        holder = holder[key]
    if new is GONE:
        del holder[at[-1]]
    else:
        holder[at[-1]] = new
    return value


def alterations(file: str, value: Any, draw: random.Random) -> Iterator[tuple[str, Any]]:
    known = list(places(value))
    pairs = [(at, new) for at in known for new in VALUES]
    for at, new in draw.sample(pairs, min(ALTERED[file], len(pairs))):
        said = "removed" if new is GONE else repr(new)[:40]
        yield f"{file} {'.'.join(map(str, at))}: {said}", altered(value, at, new)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that has every file that a study may have."""
    study = build_digits_study(tmp_path_factory.mktemp("stranger") / "digits", 48)
    add_local_model(study)
    step = study.in_use("train")["at"]
    lines = [{"epoch": n, "train_a": 1.0, "seconds": 2.0, "images_per_second": 3.0} for n in (1, 2)]
    history = study.path / step / "model/history.jsonl"
    history.write_text("".join(json.dumps(line) + "\n" for line in lines))
    save_direction(study, Direction("to seven", np.ones(16, np.float32), {"kind": "label"}))
    name_cluster(study, 0, "sevens")
    folder = study.path / "maps"
    write_array(folder / "umap-9-0.1.npy", np.zeros((len(study), 2), np.float32))
    write_json(folder / "umap-9-0.1.json", {"latents": study.digest("encode")})
    figures = {
        **{
            name: 0.5
            for line in (*LINES, *SAMPLE_LINES)
            for name in (line.model, line.beside, line.chance)
        },
        "method": "contrastive",
        "train_images": 240,
        "test_images": 60,
        "overclusters": 20,
        "confusion": {"labels": ["1", "7"], "counts": [[3, 1], [0, 4]]},
        "reliability": [{"low": 0.0, "high": 0.5, "images": 6, "probability": 0.3, "share": 0.4}],
    }
    report = {"measured_from": {s: study.digest(s) for s in tuple(STEPS)[:5]}, "figures": figures}
    write_json(study.path / "report.json", {"format": 3, "figures": report})
    return study.path


def look_at(folder: Path) -> None:
    """All that shell and pages read of a study before anybody presses anything."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(CaeError):
        info(folder)
    study_state(folder)
    try:
        study = shared_study(folder)
    except CaeError:
        return
    for part in (verify, *PARTS):
        with contextlib.suppress(CaeError):
            part(study)


def _table(study: Study) -> None:
    study_table(study)
    colour_choices(study)


def _steps(study: Study) -> None:
    pending(study)
    outdated_words(study, tuple(STEPS))
    for step in ("train", "local"):
        last_settings(study, step)


def _model(study: Study) -> None:
    model = study.model
    model.decode(model.encode(np.zeros((1, 28, 28, 1), np.uint8)))


def _local_model(study: Study) -> None:
    study.local_model.pixels(np.zeros((1, 28, 28, 1), np.uint8))


def _maps(study: Study) -> None:
    for projection in list_projections(study):
        positions(study, projection)


def _names(study: Study) -> None:
    cluster_title(study, 0)


def _directions(study: Study) -> None:
    for direction in saved_directions(study):
        assert direction.vector.shape == (16,)


def _report(study: Study) -> None:
    figures = measured(study)
    if figures is not None:
        assert f"{figures['test_images']:,} {figures['train_images']:,}"
        figures_table(figures)
        contingency_table(pd.DataFrame(figures["confusion"]["counts"]), "title")
        reliability_figure(figures["reliability"])


def _history(study: Study) -> None:
    history = read_history(study.history_file("train"))
    if not history.empty:
        loss_figure(history)


def _provenance(study: Study) -> None:
    for identifying in (True, False):
        json.dumps(provenance(study, disclosure(study, identifying), "cohort", {}))


PARTS = (
    _table,
    _steps,
    _model,
    _local_model,
    _maps,
    _names,
    _directions,
    _report,
    _history,
    _provenance,
)


@pytest.mark.parametrize("file", ALTERED)
def test_altered_values_end_well_or_in_a_sentence(whole: Path, tmp_path: Path, file: str):
    folder = tmp_path / "digits"
    shutil.copytree(whole, folder)
    path = next(folder.glob(f"runs/*/{file}"), folder / file)
    original = json.loads(path.read_text())
    bad = []
    count = 0
    for said, value in alterations(file, original, random.Random(SEED)):
        path.write_text(json.dumps(value))
        count += 1
        try:
            look_at(folder)
        except Exception as error:  # whatever it is, it is counted
            bad.append(f"{said}: {type(error).__name__}: {str(error)[:150]}")
    assert not bad, f"{len(bad)} of {count} ended badly:\n" + "\n".join(bad)


def without(*columns: str):
    """Take columns out of the table of samples."""

    def change(folder: Path) -> None:
        path = folder / "samples.parquet"
        pd.read_parquet(path).drop(columns=list(columns)).to_parquet(path, index=False)

    return change


def odd_provenance(folder: Path) -> None:
    """Say nothing of where study, runs and cohorts come from but what must be said."""
    study = Study.open(folder)
    cohort = study.cohorts.save("mine", Selection(np.arange(5)), note="<b>x</b>")
    with contextlib.closing(sqlite3.connect(study.cohorts.place.path)) as base:
        base.execute("UPDATE cohorts SET provenance = '{}', history = '[]'")
        base.execute("UPDATE cohorts SET created = '2020-01-01' WHERE id = ?", (cohort.id,))
        base.commit()
    manifest = json.loads((folder / "study.json").read_text())
    for run in manifest["steps"].values():
        run.update(versions={}, finished=None, seconds=None)
        run["parameters"] = {"source": "", "odd": [None, {"deep": [1]}]}
    for name in ("credit", "created"):
        del manifest[name]
    manifest["source"] = "nobody knows"
    (folder / "study.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "change", [without("split", "label", "patient"), odd_provenance], ids=["columns", "provenance"]
)
def test_every_page_of_an_odd_study_is_drawn(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change
):
    change(shutil.copytree(whole, tmp_path / "digits"))
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    monkeypatch.delenv("CAE_STUDY", raising=False)
    app = AppTest.from_file(str(ROOT / "app.py")).run(timeout=200)
    pages = ("explore", "interpolate", "cohorts", "compare", "local", "report", "agreement")
    for page in (*pages, "training"):
        app.switch_page(f"pages/{page}.py").run(timeout=200)
        assert not app.exception, page
        assert [one.value for one in app.error] == [], page
