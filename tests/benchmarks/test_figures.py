"""The tables that are quoted are those of the figures that were measured."""

import importlib
import math
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def tables() -> ModuleType:
    return importlib.import_module("tables")


def test_the_methods(tables: ModuleType) -> None:
    methods = importlib.import_module("methods")
    cases = importlib.import_module("cases").full_cases(Path())
    rows = [row for case in cases for row in methods.summaries(case, tables.FINISHED)]
    assert len(rows) > 20
    assert tables.section("methods") == methods.full_table(rows)
    assert tables.section("methods", tables.README) == methods.main_table(rows)


def test_what_each_part_does(tables: ModuleType) -> None:
    ablation = importlib.import_module("ablation")
    rows = ablation.measured(ablation.ablated_cases(Path()), tables.FINISHED)
    assert {"defaults", "neither"} <= {row["setting"] for row in rows}
    assert tables.section(ablation.ABLATED) == ablation.table(rows)
    assert tables.section(ablation.CRITERIA_SECTION) == ablation.criteria_table(rows)


def test_the_pretrainings_with_clinical_values(tables: ModuleType) -> None:
    clinical = importlib.import_module("clinical")
    rows = [clinical.summary(name, tables.FINISHED) for name in clinical.PRETRAININGS]
    assert all(row["seeds"] == 3 for row in rows)
    assert tables.section("clinical") == clinical.table(rows)


def test_the_local_model(tables: ModuleType) -> None:
    local = importlib.import_module("local")
    rows = local.read_json(tables.FINISHED / local.FIGURES)
    assert tables.section("local") == local.table(rows)


def test_decoded_images(tables: ModuleType) -> None:
    decode = importlib.import_module("decode")
    rows = decode.measured(tables.FINISHED)
    assert {"real", "mean", "likely, 4 steps"} <= {row["shown"] for row in rows}
    assert tables.section("decode") == decode.table(rows)
    marks = decode.measured(tables.FINISHED, "marks")
    assert {"mean", "likely"} == {row["decoded_as"] for row in marks}
    assert tables.section("marks") == decode.marks_table(marks)
    labels = decode.measured(tables.FINISHED, "labels")
    assert {0.01, 0.05} == {row["share"] for row in labels}
    assert tables.section("labels") == decode.labels_table(labels)


def test_maps_and_clusters(tables: ModuleType) -> None:
    mapping = importlib.import_module("mapping")
    rows = tables.measured(tables.FINISHED / mapping.FIGURES)
    assert [row["way"] for row in rows] == list(mapping.WAYS)
    assert tables.section(mapping.SECTION) == mapping.table(rows)
    told = tables.README.read_text("utf-8")
    ours, theirs = rows[0], rows[-1]
    assert f"| {ours['first']:.1f} s | {theirs['first']:.1f} s, defaults of UMAP" in told
    assert f"| {ours['again']:.1f} s, the same map each time | {theirs['again']:.1f} s" in told


def test_training_and_encoding(tables: ModuleType) -> None:
    training = importlib.import_module("training")
    rows = tables.measured(tables.FINISHED / training.FIGURES)
    assert tables.section(training.SECTION) == training.table(rows)
    rate = {row["way"]: row["images_per_second"] for row in rows}
    told = tables.README.read_text("utf-8")
    assert f"| {rate['ours']:,} images/s | {rate['plain loop']:,} images/s, a loop" in told
    assert f"| {rate['encode']:,} images/s | {rate['bare encoder']:,} images/s, the bare" in told


def test_suspected_labels(tables: ModuleType) -> None:
    label_errors = importlib.import_module("label_errors")
    rows = label_errors.measured(tables.FINISHED)
    assert tables.section(label_errors.SECTION) == label_errors.table(rows)


def test_sessions(tables: ModuleType) -> None:
    sessions = importlib.import_module("sessions")
    rows = sessions.measured()
    assert {(10_000, 1), (10_000, 20)} <= {(row["images"], row["people"]) for row in rows}
    assert tables.section("sessions") == sessions.table(rows)


def test_growth(tables: ModuleType) -> None:
    growth = importlib.import_module("growth")
    rows = tables.measured(tables.FINISHED / growth.FIGURES)
    assert {row["step"] for row in rows} == set(growth.STEPS)
    assert growth.table(rows).startswith(tables.section(growth.SECTION).split("\n\n")[0])
    grown = [
        {"step": "map", "images": 10**n, "seconds": 3.0**n, "cpu": 2.0, "mb": 10.0**n}
        for n in (4, 5, 6)
    ]
    (line,) = growth.slopes(grown)
    assert line["seconds"] == pytest.approx(math.log10(3))
    assert (line["cpu"], line["mb"]) == pytest.approx((0, 1))


def test_exports(tables: ModuleType) -> None:
    export = importlib.import_module("export")
    rows = tables.measured(tables.FINISHED / export.FIGURES)
    assert tables.section(export.SECTION) == export.table(rows)
    most = {row["way"]: row for row in rows if row["images"] == max(export.IMAGES)}
    told = [
        f"{most[way]['seconds']:.1f} s, {most[way]['more_mb']:.1f} MB more"
        for way in (export.RENDERED, export.HELD)
    ]
    assert f"| {told[0]} | {told[1]}, a zip" in tables.README.read_text("utf-8")


def test_slopes_are_those_of_logarithms(tables: ModuleType) -> None:
    export = importlib.import_module("export")
    rows = [
        {"way": way, "images": n, "seconds": 2.0 * n, "mb": 150.0, "more_mb": float(n) ** 0.5}
        for way in export.WAYS
        for n in (100, 1_000, 10_000)
    ]
    for line in export.slopes(rows):
        found = [line[name] for name in ("seconds", "mb", "more_mb")]
        assert found == pytest.approx([1, 0, 0.5], abs=1e-9)


def test_a_section_is_replaced_and_nothing_else(tables: ModuleType, tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("before\n<!-- x -->\n| old |\n<!-- /x -->\nafter\n")
    tables.write_section("x", "| new |\n", document)
    assert tables.section("x", document) == "| new |\n"
    assert document.read_text().startswith("before\n<!-- x -->\n")
    assert document.read_text().endswith("<!-- /x -->\nafter\n")
    with pytest.raises(SystemExit, match="lacks the markers '<!-- y -->'"):
        tables.section("y", document)
