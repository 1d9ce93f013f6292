import math

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from cae.latent.label_errors import find_label_errors, label_agreement
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


def naive_suspects(labels, graph, names):
    """Return the rule as its description says it, image by image: row to suggested label."""
    shares = naive_shares(labels, graph, names)
    rows = [row for row in range(len(labels)) if not pd.isna(labels[row])]
    members = {name: [row for row in rows if labels[row] == name] for name in names}
    agreement = [shares[members[name], place].mean() for place, name in enumerate(names)]
    prior = [len(members[name]) / len(rows) for name in names]
    tails, suggested = [], {}
    for row in rows:
        own = names.index(labels[row])
        likely = [place for place in range(len(names)) if shares[row, place] >= agreement[place]]
        best = max((shares[row, place] for place in likely), default=0)
        suggested[row] = next((place for place in likely if shares[row, place] == best), own)
        if best == 0 or (own in likely and shares[row, own] == best):
            suggested[row] = own
            tails.append(1.0)
            continue
        near = sum(not pd.isna(labels[other]) for other in graph.rows[row])
        borne = round(near * best)
        others = [shares[other, suggested[row]] for other in members[labels[row]] if other != row]
        expected = (sum(others) + prior[suggested[row]]) / (len(others) + 1)
        tail = sum(
            math.comb(near, count) * expected**count * (1 - expected) ** (near - count)
            for count in range(borne, near + 1)
        )
        tails.append(min(1.0, tail * (len(names) - 1)))
    order = sorted(range(len(rows)), key=tails.__getitem__)
    last = max((k for k, at in enumerate(order, 1) if tails[at] * len(rows) / k <= 0.05), default=0)
    found = {}
    for at in order[:last]:
        row = rows[at]
        near = sum(not pd.isna(labels[other]) for other in graph.rows[row])
        weights = [(shares[row, p] * near + prior[p]) / prior[p] for p in range(len(names))]
        own = names.index(labels[row])
        if (
            suggested[row] != own
            and shares[row, own] < 0.5
            and 1 - weights[own] / sum(weights) > 0.5
        ):
            found[row] = names[suggested[row]]
    return found


def test_suspects_and_shares_are_those_of_a_naive_loop(groups):
    labels, graph = groups
    random = np.random.default_rng(1)
    labels[random.random(120) < 0.3] = random.choice(["a", "b", "c"])
    labels[random.random(120) < 0.1] = None
    names = ["a", "b", "c"]
    shares = naive_shares(labels, graph, names)
    found = find_label_errors(labels, graph).set_index("row")
    expected = naive_suspects(labels, graph, names)
    assert len(expected) > 10
    assert found["suggested"].to_dict() == expected
    for row, told in found.iterrows():
        own, other = names.index(told["label"]), names.index(told["suggested"])
        assert told["confidence"] == pytest.approx(shares[row, own])
        assert told["suggested_confidence"] == pytest.approx(shares[row, other])
    assert found["confidence"].is_monotonic_increasing


@pytest.fixture(scope="module")
def digits():
    """Latents of scikit-learn's digits and what they show."""
    found = load_digits()
    return PCA(16, random_state=0).fit_transform(found.data).astype(np.float32), found.target


@pytest.mark.parametrize(("count", "precision"), [(360, 0.8), (1797, 0.9)])
def test_planted_errors_are_found_among_digits(digits, count, precision):
    latents, shown = digits
    random = np.random.default_rng(0)
    rows = random.permutation(1797)[:count]
    labels = shown[rows].copy()
    planted = random.choice(count, count // 20, replace=False)
    labels[planted] = (labels[planted] + random.integers(1, 10, len(planted))) % 10
    found = find_label_errors(pd.Series(labels), neighbour_graph(latents[rows], 15))["row"]
    hits = np.isin(found, planted).sum()
    assert hits / len(found) >= precision
    assert hits / len(planted) >= 0.7


UNEVEN = np.repeat(["a", "b", "c", "d", "e"], [60, 25, 15, 9, 5])


@pytest.mark.parametrize("seed", range(4))
def test_labels_that_have_nothing_to_do_with_the_images_are_left_alone(digits, seed):
    random = np.random.default_rng(seed)
    rows = random.permutation(1797)[:114]
    labels, graph = pd.Series(random.permutation(UNEVEN)), neighbour_graph(digits[0][rows], 15)
    assert len(find_label_errors(labels, graph)) <= 1
    assert not label_agreement(labels, graph)["is_judged"].to_numpy().all()


@pytest.mark.parametrize("seed", range(4))
def test_right_labels_of_uneven_classes_are_left_alone(digits, seed):
    latents, shown = digits
    random = np.random.default_rng(seed)
    sizes = pd.Series(UNEVEN).value_counts(sort=False)
    rows = [
        random.permutation(np.flatnonzero(shown == digit))[:size]
        for digit, size in zip([3, 8, 9, 5, 1], sizes, strict=True)
    ]
    graph = neighbour_graph(latents[np.concatenate(rows)], 15)
    assert len(find_label_errors(pd.Series(UNEVEN), graph)) <= 4


def test_a_suspected_label_has_most_neighbours_against_it(digits):
    latents, shown = digits
    random = np.random.default_rng(2)
    labels = pd.Series(shown).mask(pd.Series(random.random(1797) < 0.2), random.integers(10))
    found = find_label_errors(labels, neighbour_graph(latents, 15))
    assert len(found) > 50
    assert (found["disagreement"] > 0.5).all()
    assert (found["confidence"] < 0.5).all()
    assert (found["tail"] <= 0.05).all()


def test_agreement_tells_of_which_labels_neighbours_can_tell(groups):
    labels, graph = groups
    labels[[0, 41, 82]] = "rare"
    told = label_agreement(labels, graph).set_index("label")
    assert told["images"].to_dict() == {"rare": 3, "a": 39, "b": 39, "c": 39}
    assert told["is_judged"].to_dict() == {"rare": False, "a": True, "b": True, "c": True}
    assert told["chance"].sum() == pytest.approx(1)
    shares = naive_shares(labels, graph, ["a", "rare"])
    assert told.loc["a", "agreement"] == pytest.approx(shares[labels == "a", 0].mean())
    assert told.loc["rare", "agreement"] == pytest.approx(shares[labels == "rare", 1].mean())
    assert not set(find_label_errors(labels, graph)["row"])


def test_images_of_one_patient_do_not_vote_on_one_another(groups):
    labels, graph = groups
    labels[[41, 42]] = "c"
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
    assert label_agreement(pd.Series([None] * 120), graph).empty
