from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import false_discovery_control
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from cae.evaluation.two_studies.knowledge import (
    AUROC,
    KNN,
    LINEAR,
    R2,
    READINGS,
    Descriptions,
    Examples,
    Knowledge,
    knowledge_of_classes,
    knowledge_of_numbers,
    with_q,
)

COUNT = 240


@pytest.fixture
def classes() -> np.ndarray:
    return np.random.default_rng(0).choice(np.array(["ill", "well"], object), COUNT)


@pytest.fixture
def described(classes: np.ndarray) -> Descriptions:
    """The first knows the class, the others are noise."""
    first, second, pixels = np.random.default_rng(1).normal(size=(3, COUNT, 4))
    first[:, 2] += 3 * (classes == "ill")
    return Descriptions(first, second, pixels)


@pytest.fixture
def examples() -> Examples:
    rows = np.arange(COUNT)
    return Examples(rows[: COUNT // 2], rows[COUNT // 2 :], rows // 2)


def known(found: Knowledge | str) -> Knowledge:
    assert isinstance(found, Knowledge), found
    return found


def test_who_knows_a_class_is_told_from_who_does_not(
    classes: np.ndarray, described: Descriptions, examples: Examples
) -> None:
    told: list[int] = []
    found = known(
        knowledge_of_classes("label", classes, described, examples, 0, lambda: told.append(1))
    )
    assert len(told) == READINGS
    assert (found.measure, found.chance, found.classes) == (AUROC, 0.5, 2)
    assert (found.train_images, found.test_images, found.test_units) == (120, 120, 60)
    assert [probe.name for probe in found.probes] == [KNN, LINEAR]
    for probe in found.probes:
        assert probe.first.value > 0.95
        assert probe.second.low < 0.5 < probe.second.high
        assert probe.pixels.low < 0.5 < probe.pixels.high
        assert probe.difference.low > 0.2
        assert probe.p < 1e-6
        assert probe.balanced[0] > 0.85


def test_the_linear_probe_is_logistic_regression(
    classes: np.ndarray, described: Descriptions, examples: Examples
) -> None:
    found = known(knowledge_of_classes("label", classes, described, examples, 0))
    scaler = StandardScaler().fit(described.second[examples.train])
    model = LogisticRegression().fit(
        scaler.transform(described.second[examples.train]), classes[examples.train]
    )
    scores = model.predict_proba(scaler.transform(described.second[examples.test]))[:, 0]
    expected = roc_auc_score(classes[examples.test] == "ill", scores)
    assert found.probes[1].second.value == pytest.approx(expected, abs=1e-6)


def test_numbers_are_told_by_r2(described: Descriptions, examples: Examples) -> None:
    values = described.second[:, 0] * 2 + 50
    found = known(knowledge_of_numbers("age", values, described, examples, 0))
    linear = found.probes[1]
    assert (found.measure, found.chance, found.classes, linear.balanced) == (R2, 0, None, None)
    assert linear.second.value > 0.99
    assert linear.first.value < 0.1
    assert linear.difference.high < -0.8


def test_turning_and_scaling_latents_changes_nothing_of_neighbours(
    classes: np.ndarray, described: Descriptions, examples: Examples
) -> None:
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(4, 4)))[0]
    other = described._replace(first=5 * described.first @ rotation)
    found, again = (
        known(knowledge_of_classes("label", classes, some, examples, 0))
        for some in (described, other)
    )
    assert found.probes[0] == again.probes[0]


def test_images_without_a_value_are_left_out(
    classes: np.ndarray, described: Descriptions, examples: Examples
) -> None:
    classes[::3], numbers = None, np.where(np.arange(COUNT) % 4, 1.0 * np.arange(COUNT), np.nan)
    found = known(knowledge_of_classes("label", classes, described, examples, 0))
    assert (found.train_images, found.test_images) == (80, 80)
    assert known(knowledge_of_numbers("n", numbers, described, examples, 0)).test_images == 90


def test_a_class_that_was_never_learnt_is_left_out(
    classes: np.ndarray, described: Descriptions, examples: Examples
) -> None:
    classes[-5:] = "rare"
    found = known(knowledge_of_classes("label", classes, described, examples, 0))
    assert (found.test_images, found.classes) == (115, 2)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["x"] * COUNT, "every training image has the same value"),
        ([None] * COUNT, "0 training images with a value; 10 are needed"),
        (["x"] + [None] * (COUNT - 1), "1 training image with a value; 10 are needed"),
        (["x", "y"] * (COUNT // 4) + ["x"] * (COUNT // 2), "every test image has the same value"),
        (["x", "y"] * (COUNT // 4) + [None] * (COUNT // 2), "0 test images with a value; 10 are"),
    ],
)
def test_what_cannot_be_told_says_why(
    described: Descriptions, examples: Examples, values: list[str | None], reason: str
) -> None:
    found = knowledge_of_classes("label", np.array(values, object), described, examples, 0)
    assert isinstance(found, str)
    assert found.startswith(reason)


def test_constant_numbers_say_so(described: Descriptions, examples: Examples) -> None:
    found = knowledge_of_numbers("age", np.ones(COUNT), described, examples, 0)
    assert found == "every training image has the same value"


def test_p_values_are_adjusted_over_all_columns(
    classes: np.ndarray, described: Descriptions, examples: Examples
) -> None:
    column = known(knowledge_of_classes("label", classes, described, examples, 0))
    given = iter([0.01, 0.04, None, 0.03])
    columns = [
        replace(column, probes=tuple(replace(one, p=next(given)) for one in column.probes))
        for _ in range(2)
    ]
    q = [probe.q for one in with_q(columns) for probe in one.probes]
    expected = false_discovery_control([0.01, 0.04, 0.03])
    assert [q[0], q[1], q[3]] == pytest.approx(expected)
    assert q[2] is None


@pytest.mark.parametrize("rare", ["b", "z"])
def test_a_class_that_is_not_among_the_drawn_images_is_left_out(
    classes: np.ndarray,
    described: Descriptions,
    examples: Examples,
    monkeypatch: pytest.MonkeyPatch,
    rare: str,
) -> None:
    monkeypatch.setattr("cae.evaluation.two_studies.knowledge._MOST", 100)
    left_out = np.setdiff1d(examples.train, examples.drawn(0).train)
    classes[left_out[0]] = rare
    tested = examples.drawn(0).test[:30]
    classes[tested] = rare
    found = known(knowledge_of_classes("label", classes, described, examples, 0))
    assert (found.train_images, found.test_images, found.classes) == (100, 70, 2)
