import re

import pandas as pd

from pages.components.report.contingency import can_draw, contingency, contingency_table

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


def test_the_ground_of_a_cell_is_its_share_of_the_row():
    shown = contingency_table(contingency(LABELS, CLUSTERS), "Labels")
    cells = re.findall(r'<td title="([^"]*)"( class="cae-strong")? style="[^"]* (\d+)%', shown)
    assert [int(share) for _, _, share in cells] == [100, 0, 0, 50, 0, 50, 0, 100, 0]
    assert [bool(strong) for _, strong, _ in cells] == [int(share) >= 60 for *_, share in cells]
    assert cells[3][0] == "dog, Cluster 0: 1 image, 50.0 % of the row"
    assert shown.count('scope="col"') == shown.count('scope="row"') == 3


def test_names_cannot_break_the_page():
    shown = contingency_table(contingency(pd.Series(["<b>"]), pd.Series([0])), 'a "b"')
    assert "<b>" not in shown
    assert 'aria-label="a &quot;b&quot;"' in shown


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
