import pandas as pd

from pages.components.contingency import can_draw, contingency, contingency_figure

LABELS = pd.Series(["cat", "cat", "dog", "dog", None, "ant"])
CLUSTERS = pd.Series([1, 1, 0, -1, 0, 0])


def test_counts_every_labelled_image_once():
    counts = contingency(LABELS, CLUSTERS)
    assert list(counts.columns) == ["Cluster 0", "Cluster 1", "unclustered"]
    assert counts.loc["cat"].tolist() == [0, 2, 0]
    assert counts.loc["dog"].tolist() == [1, 0, 1]
    assert counts.to_numpy().sum() == 5


def test_labels_stand_in_the_order_of_their_clusters():
    assert list(contingency(LABELS, CLUSTERS).index) == ["ant", "dog", "cat"]


def test_shares_of_a_label_sum_to_a_hundred():
    shares = contingency_figure(contingency(LABELS, CLUSTERS)).data[0].z
    assert shares.sum(axis=1).tolist() == [100, 100, 100]


def test_nothing_and_too_much_are_not_drawn():
    nothing = pd.Series([None, None], dtype=object)
    assert not can_draw(contingency(nothing, pd.Series([0, 1])))
    many = pd.Series([f"label {number}" for number in range(41)])
    assert not can_draw(contingency(many, pd.Series(range(41))))
    assert can_draw(contingency(LABELS, CLUSTERS))


def test_only_unclustered_images_are_drawn_too():
    counts = contingency(pd.Series(["a", "b"]), pd.Series([-1, -1]))
    assert list(counts.columns) == ["unclustered"]
    assert can_draw(counts)
