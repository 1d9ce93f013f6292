"""What simple classifiers read from latents."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.neighbors import KNeighborsClassifier

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


def kmeans_assignment(train: np.ndarray, test: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Return the k-means cluster (0…k−1) of each test latent, centres learnt on `train`."""
    kmeans = KMeans(min(k, len(train)), n_init=10, random_state=seed).fit(train)
    return kmeans.predict(test)
