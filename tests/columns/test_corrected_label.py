"""What columns of corrected labels stand for."""

import pandas as pd

from cae.columns.corrected_label import (
    BY_HAND,
    CORRECTED,
    HOW,
    SUGGESTED,
    follows_suggestions,
    with_corrected,
)

LABELS = pd.DataFrame({"label": ["a", "b"]})
CORRECTIONS = LABELS.assign(**{CORRECTED: ["a", "a"], HOW: [None, BY_HAND]})


def test_only_what_was_accepted_follows_suggestions():
    assert not follows_suggestions(LABELS)
    assert not follows_suggestions(LABELS.assign(**{HOW: SUGGESTED}))
    assert not follows_suggestions(CORRECTIONS)
    assert follows_suggestions(CORRECTIONS.assign(**{HOW: [BY_HAND, SUGGESTED]}))


def test_either_label_stands_for_both_where_there_are_both():
    assert with_corrected(["label", "age"], LABELS) == {"label", "age"}
    assert with_corrected(["label", "age"], CORRECTIONS) == {"label", CORRECTED, "age"}
    assert with_corrected([CORRECTED], CORRECTIONS) == {"label", CORRECTED}
    assert with_corrected(["age"], CORRECTIONS) == {"age"}
