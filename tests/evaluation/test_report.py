import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from cae.evaluation.report import evaluate
from cae.model import Model
from cae.storage import write_table
from cae.study.study import Study


@pytest.fixture
def study(digits_study: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Two fifths unclustered, and a head that keeps three numbers of each latent."""
    random = np.random.default_rng(4)
    clusters = digits_study.clusters
    clusters.loc[random.random(len(clusters)) < 0.4, "cluster"] = -1
    clusters["probability"] = random.random(len(clusters))
    with digits_study.step("cluster", {"method": "hdbscan"}) as files:
        write_table(files.add("clusters.parquet"), clusters)
    monkeypatch.setattr(Model, "head_outputs", lambda _, latents: latents[:, :3])
    for name in ("sample_figures", "path_figures"):
        monkeypatch.setattr(f"cae.evaluation.report.{name}", lambda *_: {})
    return Study.open(digits_study.path)


def probabilities(train, labels, test):
    scaler = StandardScaler().fit(train)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(train), labels)
    return model.predict_proba(scaler.transform(test))


def commonest(clusters, labels):
    """What each cluster is mostly, and of ties the first."""
    return {one: labels[clusters == one].mode()[0] for one in set(clusters)}


def test_every_figure_has_the_name_of_what_it_is(study: Study) -> None:
    figures = evaluate(study)
    parts = [study.rows(split) for split in ("train", "test")]
    train, test = (np.asarray(study.latents[rows]) for rows in parts)
    labels = study.samples["label"]
    known, wanted = (labels.iloc[rows].reset_index(drop=True) for rows in parts)
    names = np.unique(known)

    def near(name: str, value: float) -> None:
        assert figures[name] == pytest.approx(value, abs=5.1e-5), name

    assert figures["classes"] == len(names) == 10
    near("majority", (wanted == known.mode()[0]).mean())
    for prefix, width in (("", train.shape[1]), ("head_", 3)):
        neighbours = KNeighborsClassifier(15, metric="cosine").fit(train[:, :width], known)
        near(f"{prefix}knn_accuracy", (neighbours.predict(test[:, :width]) == wanted).mean())
        scores = probabilities(train[:, :width], known, test[:, :width])
        probed = (names[scores.argmax(axis=1)] == wanted).mean()
        near(f"{prefix}linear_probe_accuracy", probed)
        if not prefix:
            pairs = zip(names, scores.T, strict=True)
            near("auroc", np.mean([metrics.roc_auc_score(wanted == name, s) for name, s in pairs]))

    found = KMeans(10, n_init=10, random_state=study.seed).fit(train).predict(test)
    table = pd.crosstab(wanted, found).to_numpy()
    near("cluster_accuracy", table[linear_sum_assignment(-table)].sum() / len(test))
    near("kmeans_nmi", metrics.normalized_mutual_info_score(wanted, found))
    near("ami", metrics.adjusted_mutual_info_score(wanted, found))
    near("ari", metrics.adjusted_rand_score(wanted, found))
    near("silhouette", metrics.silhouette_score(test, found))
    near("davies_bouldin", metrics.davies_bouldin_score(test, found))
    assert 0 < figures["stability"] < 1

    assert figures["overclusters"] == 20
    many = KMeans(20, n_init=10, random_state=study.seed).fit(train)
    named = commonest(many.labels_, known)
    predicted = pd.Series([named[one] for one in many.predict(test)])
    near("purity", (predicted == wanted).mean())
    recalls = [(predicted[wanted == name] == name).mean() for name in np.unique(wanted)]
    near("balanced_purity", np.mean(recalls))
    assert figures["confusion"]["labels"] == names.tolist()
    expected = [[((wanted == a) & (predicted == b)).sum() for b in names] for a in names]
    np.testing.assert_array_equal(figures["confusion"]["counts"], expected)

    clusters = study.clusters
    of_train, of_test = (clusters.iloc[rows].reset_index(drop=True) for rows in parts)
    near("hdbscan_nmi", metrics.normalized_mutual_info_score(wanted, of_test["cluster"]))
    named = commonest(of_train["cluster"], known)
    rows = of_test.index[of_test["cluster"] >= 0]
    is_true = np.array([named[of_test["cluster"][row]] == wanted[row] for row in rows])
    probability = of_test["probability"][rows].to_numpy()
    bins = np.minimum((10 * probability).astype(int), 9)
    apart = [abs((is_true - probability)[bins == one].sum()) for one in set(bins)]
    near("expected_calibration_error", sum(apart) / len(rows))
    assert sum(one["images"] for one in figures["reliability"]) == len(rows)


def test_names_are_the_same_with_and_without_labels(study: Study) -> None:
    with_labels = evaluate(study)
    study.samples["label"] = None
    without = evaluate(study)
    assert list(without) == list(with_labels)
    assert without["classes"] is without["reliability"] is without["stability"] is None
    assert [name for name, value in with_labels.items() if value is None] == ["foreign_model"]
