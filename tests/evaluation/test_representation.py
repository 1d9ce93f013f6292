import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import balanced_accuracy_score

from cae.evaluation.agreement import cluster_accuracy, normalised_mutual_information
from cae.evaluation.overclustering import overcluster
from cae.evaluation.probes import kmeans_assignments, knn_accuracy
from cae.evaluation.representation import representation_figures


@pytest.fixture(scope="module")
def halves():
    digits = load_digits()
    return digits.data[:500], digits.target[:500], digits.data[500:800], digits.target[500:800]


def test_equals_each_figure_by_itself(halves):
    train, train_labels, test, labels = halves
    clusters = kmeans_assignments(train, test, 10, seed=0)[1]
    predicted = overcluster(train, train_labels, test, seed=0).predicted
    assert representation_figures(*halves, seed=0) == {
        "knn_accuracy": knn_accuracy(*halves),
        "cluster_accuracy": cluster_accuracy(labels, clusters),
        "kmeans_nmi": normalised_mutual_information(labels, clusters),
        "purity": np.mean(predicted == labels),
        "balanced_purity": balanced_accuracy_score(labels, predicted),
    }


def test_noise_tells_nothing(halves):
    noise = np.random.default_rng(0).normal(size=(800, 5))
    figures = representation_figures(noise[:500], halves[1], noise[500:], halves[3], seed=0)
    assert figures["knn_accuracy"] < 0.2
    assert figures["kmeans_nmi"] < 0.1
