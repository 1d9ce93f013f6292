import re

from pages.components.kit.interval import interval_picture

PLACE = r"(left|width):(-?[\d.]+)%"


def places(shown: str) -> list[tuple[str, float]]:
    return [(name, float(share)) for name, share in re.findall(PLACE, shown)]


def test_line_and_dot_lie_where_the_figures_are():
    shown = interval_picture(0.7, 0.625, 0.75, 0.5, "AUC 0.7")
    assert places(shown) == [("left", 50), ("left", 62.5), ("width", 12.5), ("left", 70)]


def test_what_lies_beyond_is_drawn_at_the_edge():
    shown = interval_picture(1.4, -3, 9, 0.5, "")
    assert places(shown) == [("left", 50), ("left", 0), ("width", 100), ("left", 100)]


def test_words_are_read_out_and_cannot_break_the_page():
    shown = interval_picture(0.5, 0.4, 0.6, 0.5, 'odds ratio of "<b>"')
    assert 'role="img" aria-label="odds ratio of &quot;&lt;b&gt;&quot;"' in shown
