"""The page Compare without a browser: what it says equals what the library finds."""

import html
import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts import compare, survival, table_one
from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.members import extreme, typical
from cae.cohorts.selection import Selection
from cae.columns.titles import column_title
from cae.decoding.direction_between import direction_between
from cae.decoding.direction_store import saved_directions
from cae.decoding.replay import attrition_on
from cae.export.kaplan_meier_picture import picture_words
from cae.storage import write_table
from cae.study.study import Study
from pages.components.compare.differences_table import differences_table
from pages.components.compare.survival_panel import survival_html
from pages.components.compare.table_one_panel import table_one_html
from tests.cohorts.searched import OUTLINED, SEARCHED, save_searched
from tests.conftest import ROOT

PATIENCE = 200
LASSO = {"kind": "lasso", "map": "map"}


def selection(rows: np.ndarray) -> Selection:
    return Selection.empty().combine(rows, "replace", LASSO)


@pytest.fixture
def study(digits_study: Study) -> Study:
    """The digits, of 40 patients of nine images each, with their age."""
    patients = np.arange(len(digits_study)) // 9
    age = np.random.default_rng(1).normal(60, 9, 40).round(1)
    table = digits_study.samples.assign(
        patient=[f"patient {number}" for number in patients], age=age[patients]
    )
    write_table(digits_study.file("samples.parquet"), table)
    return Study.open(digits_study.path)


@pytest.fixture
def run(study: Study, monkeypatch: pytest.MonkeyPatch):
    """Open the page with values in the address."""
    monkeypatch.setenv("CAE_HOME", str(study.path.parent))
    monkeypatch.delenv("CAE_STUDY", raising=False)

    def opened(**values: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"))
        for name, value in values.items():
            app.query_params[name] = value
        app.switch_page("pages/compare.py").run(timeout=PATIENCE)
        assert not app.exception
        return app

    return opened


def told(app: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(one.proto.body for one in app.get("html"))


def errors(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


def test_figures_are_those_of_the_library(run, study: Study):
    rows = np.arange(0, 171)
    token = study.cohorts.remember(selection(rows))
    app = run(selection=token, group="selection")
    assert errors(app) == []
    found = compare(study, f"selection:{token}", "rest")
    assert found.unit == "patient"
    assert found.counts == (19, 21)
    words = told(app)
    assert differences_table(found.columns) in words
    assert table_one_html(table_one(study, [f"selection:{token}", "rest"]).table) in words
    assert "A · Selection</div>" in words
    assert "171 images, 19 patients counted" in words
    assert "189 images, 21 patients counted" in words
    for remark in found.remarks:
        assert remark.text in words
    assert re.search('<div class="cae-warning">Selection is exploratory', words)
    assert found.confounding.sentence in words
    assert f"Selection: {found.stability['Selection'].sentence}" in words
    order = [words.index(part) for part in ("exploratory", found.confounding.sentence, "Differenc")]
    assert order == sorted(order)
    (left_out,) = [one for one in app.expander if one.label.endswith("not compared")]
    for column, reason in found.left_out.items():
        assert column_title(column) in left_out.get("html")[0].proto.body
        assert reason in left_out.get("html")[0].proto.body
    assert found.rule in [one.proto.help for one in app.markdown]


def test_choosing_groups_changes_address_and_figures(run, study: Study):
    app = run(group="label:1")
    app.selectbox(key="compare against digits").set_value("label:2").run(timeout=PATIENCE)
    assert app.query_params["group"] in ("label:1", ["label:1"])
    assert app.query_params["against"] in ("label:2", ["label:2"])
    assert differences_table(compare(study, "label:1", "label:2").columns) in told(app)
    assert errors(app) == []


def test_the_first_group_that_there_is_stands_against_the_rest(run, study: Study):
    app = run()
    assert app.selectbox(key="compare group digits").value == "cluster:0"
    assert app.selectbox(key="compare against digits").value == "rest"
    assert "group" not in app.query_params
    assert differences_table(compare(study, "cluster:0").columns) in told(app)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"group": "label:1", "against": "label:1"}, "share none"),
        ({"group": "rest"}, "name it once"),
        ({"group": "cohort:7"}, "7"),
        ({"group": "cluster:99"}, "There is no cluster 99"),
        ({"group": "query:ink >"}, "ink"),
        ({"group": "nothing"}, "'nothing' is no group"),
        ({"group": "query:ink > 0"}, "No image is in The rest"),
        ({"group": "selection"}, "Nothing is selected"),
        ({"group": "selection", "selection": "lost"}, "unknown or forgotten"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence_and_another_can_be_chosen(run, values, said):
    app = run(**values)
    (error,) = errors(app)
    assert said in error
    assert app.selectbox(key="compare group digits").value == values["group"]
    app.selectbox(key="compare group digits").set_value("label:2").run(timeout=PATIENCE)
    app.selectbox(key="compare against digits").set_value("label:3").run(timeout=PATIENCE)
    assert errors(app) == []


def test_further_groups_and_hidden_counts_are_those_of_the_library(run, study: Study):
    app = run(group="label:1", against="label:2")
    app.multiselect(key="compare also digits").set_value(["label:3", "rest"]).run(timeout=PATIENCE)
    app.number_input(key="compare suppress digits").set_value(12).run(timeout=PATIENCE)
    groups = ["label:1", "label:2", "label:3", "rest"]
    expected = table_one(study, groups, suppress=12)
    assert table_one_html(expected.table) in told(app)
    assert "*" in expected.table.to_numpy()
    assert app.query_params["suppress"] in ("12", ["12"])
    again = run(group="label:1", against="label:2", also='["label:3", "rest"]', suppress="12")
    assert table_one_html(expected.table) in told(again)
    labels = [button.label for button in again.download_button]
    assert labels == ["CSV", "HTML", "DOCX", "LaTeX", "Provenance"]


@pytest.mark.parametrize("name", [SEARCHED, OUTLINED])
def test_below_table_1_a_flow_is_told_as_on_the_card(run, study: Study, name: str):
    save_searched(study)
    flow = attrition_on(study, study.cohorts.get_by_name(name).history)
    assert not flow.remark
    words = told(run(group=f"cohort:{name}", against="rest"))
    assert f"<p>{html.escape(f'{name}: {flow.statement}')}</p>" in words
    assert "noted then" not in words


def with_survival(study: Study) -> Study:
    """The study with months to death or the last visit of each patient, and which of both."""
    random = np.random.default_rng(2)
    patients = study.samples["patient"].str.removeprefix("patient ").astype(int).to_numpy()
    months = random.exponential(20, 40).round(1)[patients]
    vital = random.choice([1, 2], 40)[patients]
    table = study.samples.assign(survival_months=months, vital=vital)
    write_table(study.file("samples.parquet"), table)
    return Study.open(study.path)


def test_survival_is_that_of_the_library_once_both_columns_are_chosen(run, study: Study):
    study = with_survival(study)
    rows = np.arange(0, 171)
    token = study.cohorts.remember(selection(rows))
    app = run(selection=token, group="selection")
    time, event = (app.selectbox(key=f"compare {what} digits") for what in ("time", "event"))
    assert (time.value, event.value) == (None, None)
    assert time.options[0] == "Survival months · likely by its name"
    assert event.options[0] == "Vital · likely by its name"
    assert "Nothing is assumed" in " ".join(one.value for one in app.caption)
    time.set_value("survival_months").run(timeout=PATIENCE)
    app.selectbox(key="compare event digits").set_value("vital").run(timeout=PATIENCE)
    (error,) = errors(app)
    assert "not clear whether “2” of 'vital'" in error
    app.multiselect(key="compare occurred digits").set_value(["2"]).run(timeout=PATIENCE)
    assert errors(app) == []
    groups = [f"selection:{token}", "rest"]
    expected = survival(study, groups, "survival_months", "vital", ["2"])
    assert expected.unit == "patient"
    words = told(app)
    assert survival_html(expected.summary()) in words
    for remark in (*expected.remarks, *expected.verdict):
        assert html.escape(remark.text) in words
    assert html.escape(picture_words(expected)) in words
    again = run(
        selection=token,
        group="selection",
        time="survival_months",
        event="vital",
        occurred='["2"]',
        adjust='["age"]',
        suppress="8",
    )
    hidden = survival(study, groups, "survival_months", "vital", ["2"], ["age"], suppress=8)
    assert survival_html(hidden.summary()) in told(again)
    assert all(html.escape(one.text) in told(again) for one in hidden.verdict)
    assert any("adjusted for Age: " in one.text for one in hidden.verdict)
    labels = [button.label for button in again.download_button]
    assert labels[-3:] == ["CSV of the curves", "SVG", "Provenance of survival"]
    again.selectbox(key="compare event digits").set_value("site").run(timeout=PATIENCE)
    assert "occurred" not in again.query_params


def test_a_table_without_times_says_what_survival_needs(run, study: Study):
    write_table(study.file("samples.parquet"), study.samples.drop(columns=["age", "ink"]))
    app = run(group="label:1")
    assert any(one.value.startswith("Survival needs a column") for one in app.caption)
    assert errors(app) == []


def test_further_groups_that_overlap_leave_the_comparison_alone(run, study: Study):
    app = run(group="label:1", also='["query:label == 1"]')
    (error,) = errors(app)
    assert "share none" in error
    assert differences_table(compare(study, "label:1").columns) in told(app)


def test_typical_and_extreme_images_are_those_of_the_library(run, study: Study):
    app = run(group="label:1", against="label:4")
    first, second = groups_of(material_of(study), ("label:1", "label:4"))
    shown = re.findall(r'alt="Original image: (digit-\d+)', told(app))
    expected = []
    for group, other in ((first, second), (second, first)):
        direction = direction_between(study, "", group.rows, other.rows)
        expected += typical(study.latents, group.rows, 3).tolist()
        expected += extreme(study.latents, group.rows, direction.vector, 3).tolist()
    assert shown == [study.samples["id"].iloc[row] for row in expected]
    computed = re.findall(r'alt="Computed image: ([^"]*)"', told(app))
    assert [words[:2] for words in computed] == ["A:", "B:", "A "]


def test_one_press_walks_the_direction_between_the_groups(run, study: Study):
    app = run(group="label:1", against="label:4")
    app.button(key="walk between groups").click().run(timeout=PATIENCE)
    assert not app.exception
    (saved,) = saved_directions(study)
    first, second = groups_of(material_of(study), ("label:1", "label:4"))
    expected = direction_between(study, "", first.rows, second.rows)
    assert saved.name == "1 against 4"
    assert np.array_equal(saved.vector, expected.vector)
    assert "What is decoded" in [one.label for one in app.get("button_group")]
    assert app.selectbox(key=_direction_key(app)).value == "saved: 1 against 4"
    (typical_row,) = typical(study.latents, second.rows, 1)
    assert app.query_params["a"] in (str(typical_row), [str(typical_row)])
    app.switch_page("pages/compare.py").run(timeout=PATIENCE)
    app.button(key="walk between groups").click().run(timeout=PATIENCE)
    assert len(saved_directions(study)) == 1


def _direction_key(app: AppTest) -> str:
    (key,) = [one.key for one in app.selectbox if one.label == "Direction"]
    return key


def test_nothing_is_worked_out_again_for_what_was_seen(run, study: Study, monkeypatch):
    from pages.components.compare import results

    app = run(group="label:5")

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("worked out again")

    for name in ("compare", "mean_image", "typical", "extreme"):
        monkeypatch.setattr(results, name, fail)
    app.number_input(key="compare suppress digits").set_value(5).run(timeout=PATIENCE)
    assert not app.exception
    assert errors(app) == []


def test_a_study_without_anything_to_compare_says_so(run, study: Study):
    write_table(study.file("samples.parquet"), study.samples.assign(label=None))
    manifest = study.path / "study.json"
    content = json.loads(manifest.read_text())
    del content["steps"]["cluster"]
    manifest.write_text(json.dumps(content))
    app = run()
    assert errors(app) == []
    assert ["There are no clusters" in one.value for one in app.info] == [True]


def test_buttons_of_selection_and_cohort_lead_here(run, study: Study):
    rows = np.arange(5, 90)
    cohort = study.cohorts.save("some", selection(rows))
    token = study.cohorts.remember(selection(rows))
    app = run(selection=token, group="label:5", against="label:6")
    app.switch_page("pages/explore.py").run(timeout=PATIENCE)
    app.button(key="compare selection").click().run(timeout=PATIENCE)
    assert app.selectbox(key="compare group digits").value == "selection"
    assert app.selectbox(key="compare against digits").value == "rest"
    app.switch_page("pages/cohorts.py").run(timeout=PATIENCE)
    app.button(key=f"compare {cohort.id}").click().run(timeout=PATIENCE)
    assert app.selectbox(key="compare group digits").value == f"cohort:{cohort.id}"
    assert errors(app) == []
