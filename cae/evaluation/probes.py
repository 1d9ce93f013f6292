"""What simple classifiers read from latents."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

NEIGHBOURS = 15


def knn_accuracy(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """Return the test accuracy of a vote among the 15 nearest training latents by cosine, 0–1.

    Args:
        train: (N, d).
        train_labels: (N,).
        test: (M, d).
        test_labels: (M,).
    """
    classifier = KNeighborsClassifier(min(NEIGHBOURS, len(train)), metric="cosine")
    return float(classifier.fit(train, train_labels).score(test, test_labels))


def kmeans_assignments(
    train: np.ndarray, test: np.ndarray, k: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k-means cluster (0…k−1) of each train and test latent, centres from `train`."""
    kmeans = KMeans(min(k, len(train)), n_init=10, random_state=seed).fit(train)
    return kmeans.labels_, kmeans.predict(test)


def linear_classifier(train: np.ndarray, labels: np.ndarray) -> Pipeline:
    """Return logistic regression learnt on vectors (N, d) standardised by themselves."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(train, labels)


def linear_probe(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> tuple[float, float | None]:
    """Return test accuracy and area under the ROC curve of logistic regression.

    Latents are standardised by `train`. With more than two classes the area is the mean over
    classes, each against the rest; it is None where a class is missing on either side.

    Args:
        train: (N, d).
        train_labels: (N,), at least two classes.
        test: (M, d).
        test_labels: (M,).
    """
    model = linear_classifier(train, train_labels)
    accuracy = float(model.score(test, test_labels))
    if not np.array_equal(np.unique(test_labels), model.classes_):
        return accuracy, None
    scores = model.predict_proba(test)
    if len(model.classes_) == 2:
        return accuracy, float(roc_auc_score(test_labels, scores[:, 1]))
    return accuracy, float(roc_auc_score(test_labels, scores, multi_class="ovr"))
