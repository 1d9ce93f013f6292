import pandas as pd

from pages.components.explore.find_panel import unjudged_words


def agreement(judged: list[bool]) -> pd.DataFrame:
    labels = [f"l{place}" for place in range(len(judged))]
    return pd.DataFrame({"label": labels, "images": 1, "is_judged": judged})


def test_labels_of_which_nothing_can_be_said_are_named():
    assert unjudged_words(agreement([True, True])) == ""
    told = unjudged_words(agreement([False, True]))
    assert told.startswith("Nothing can be said of images labelled l0 (1 image): too few")
    many = unjudged_words(agreement([False] * 11))
    assert "l7 (1 image) and 3 more: too few" in many
    assert "l8" not in many
