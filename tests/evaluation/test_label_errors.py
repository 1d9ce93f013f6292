import numpy as np
import pandas as pd
import pytest

from cae.evaluation.label_errors import find_label_errors
from cae.latent.neighbour_graph import neighbour_graph


@pytest.fixture
def groups():
    """Three groups of forty latents with their labels, and the graph."""
    random = np.random.default_rng(0)
    latents = np.repeat(np.eye(3, 6) * 4, 40, axis=0) + random.normal(size=(120, 6)) * 0.4
    return pd.Series(np.repeat(["a", "b", "c"], 40)), neighbour_graph(latents, 15)


def naive_shares(labels, graph, names):
    shares = np.zeros((len(labels), len(names)))
    for row in range(len(labels)):
        near = [labels[other] for other in graph.rows[row] if not pd.isna(labels[other])]
        for place, name in enumerate(names):
            shares[row, place] = near.count(name) / len(near) if near else 0
    return shares


def test_wrong_labels_are_found_and_no_others(groups):
    labels, graph = groups
    labels[[3, 50]] = "c"
    found = find_label_errors(labels, graph)
    assert set(found["row"]) == {3, 50}
    assert set(zip(found["row"], found["suggested"], strict=True)) == {(3, "a"), (50, "b")}
    assert (found["label"] == "c").all()
    assert (found["confidence"] == 0).all()


def test_shares_are_those_of_a_naive_loop(groups):
    labels, graph = groups
    random = np.random.default_rng(1)
    labels[random.random(120) < 0.3] = random.choice(["a", "b", "c"])
    labels[random.random(120) < 0.1] = None
    names = ["a", "b", "c"]
    shares = naive_shares(labels, graph, names)
    thresholds = [
        shares[(labels == name).to_numpy(), place].mean() for place, name in enumerate(names)
    ]
    found = find_label_errors(labels, graph).set_index("row")
    for row in range(120):
        if pd.isna(labels[row]):
            assert row not in found.index
            continue
        own = names.index(labels[row])
        likely = [p for p in range(3) if shares[row, p] >= thresholds[p]]
        best = max((shares[row, p] for p in likely), default=0)
        is_own = own in likely and shares[row, own] == best
        assert (row in found.index) == (best > 0 and not is_own)
        if row in found.index:
            assert found.loc[row, "confidence"] == pytest.approx(shares[row, own])
            assert found.loc[row, "suggested_confidence"] == pytest.approx(best)
    assert found["confidence"].is_monotonic_increasing


def test_images_of_one_patient_do_not_vote_on_one_another(groups):
    labels, graph = groups
    labels[40:80] = "c"
    labels[[41, 42]] = "b"
    everyone = find_label_errors(labels, graph, pd.Series(np.arange(120)))
    assert {41, 42} <= set(everyone["row"])
    alone = pd.Series(np.arange(120))
    alone[40:80] = 40
    assert not set(find_label_errors(labels, graph, alone)["row"]) & set(range(40, 80))
    unknown = pd.Series([None] * 120)
    assert find_label_errors(labels, graph, unknown).equals(everyone)


def test_nothing_is_suspected_without_labels(groups):
    labels, graph = groups
    assert len(find_label_errors(pd.Series([None] * 120), graph)) == 0
    assert len(find_label_errors(pd.Series(["a"] * 120), graph)) == 0
