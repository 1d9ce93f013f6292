import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from cae.evaluation.weighted_scores import weighted_auroc, weighted_mean_auroc, weighted_r2


def draws(count: int, images: int) -> np.ndarray:
    return np.random.default_rng(4).poisson(1, (count, images)).astype(np.float32)


def test_areas_are_those_of_scikit_learn_also_with_ties() -> None:
    random, weights = np.random.default_rng(0), draws(20, 80)
    truth, scores = random.random(80) < 0.3, random.integers(0, 6, 80) / 5
    expected = [roc_auc_score(truth, scores, sample_weight=some) for some in weights]
    assert weighted_auroc(truth, scores, weights) == pytest.approx(expected)


def test_the_mean_over_classes_is_that_of_scikit_learn() -> None:
    random, weights = np.random.default_rng(0), draws(10, 90)
    codes, probabilities = random.integers(0, 4, 90), random.dirichlet(np.ones(4), 90)
    expected = [
        np.mean(
            [
                roc_auc_score(codes == one, probabilities[:, one], sample_weight=some)
                for one in range(4)
            ]
        )
        for some in weights
    ]
    assert weighted_mean_auroc(codes, probabilities, weights) == pytest.approx(expected)


def test_a_class_without_weight_is_left_out_of_the_mean() -> None:
    codes, probabilities = np.array([0, 0, 1, 2]), np.eye(3)[[0, 0, 1, 2]]
    weights = np.array([[1, 1, 1, 0], [1, 1, 0, 0]])
    found = weighted_mean_auroc(codes, probabilities, weights)
    assert found[0] == 1
    assert np.isnan(found[1])


def test_r2_is_that_of_scikit_learn_and_nan_without_variation() -> None:
    random, weights = np.random.default_rng(0), draws(10, 50)
    values = random.normal(1e4, 2, 50)
    predicted = values + random.normal(0, 1, 50)
    expected = [r2_score(values, predicted, sample_weight=some) for some in weights]
    assert weighted_r2(values, predicted, weights) == pytest.approx(expected, rel=1e-6)
    one = np.zeros((1, 50))
    one[0, 3] = 2
    assert np.isnan(weighted_r2(values, predicted, one)[0])
