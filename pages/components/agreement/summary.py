"""How alike two studies arrange their images, in a few lines and a picture."""

import html

import plotly.graph_objects as go
from scipy.stats import hypergeom

from cae.cohorts.bootstrap import Estimate
from cae.evaluation.two_studies.arrangement import Arrangement
from cae.number_text import number_text, percent_text
from pages.components.kit.interval import interval_picture
from pages.components.kit.scroll_region import scroll_region

_NOTHING = "–"


def summary_table(arranged: Arrangement) -> str:
    """Return HTML with a line per figure, beside what chance would give."""
    clusters = " and ".join("none" if n is None else f"{n:,}" for n in arranged.clusters)
    lines = (
        (
            f"Shared of {arranged.neighbours} neighbours",
            "The mean share of each image's nearest images that both studies name.",
            _picture(arranged.overlap, arranged.chance),
            _share_text(arranged.overlap),
            percent_text(arranged.chance, 1),
        ),
        (
            "Linear CKA",
            "1 where one arrangement is the other but turned, mirrored, moved or scaled.",
            "" if arranged.cka is None else _picture(Estimate(arranged.cka), 0.0),
            _NOTHING if arranged.cka is None else number_text(arranged.cka, ".2f"),
            "0",
        ),
        (
            "Clusters agree (AMI)",
            f"Adjusted mutual information; {clusters} clusters.",
            ""
            if arranged.cluster_agreement is None
            else _picture(Estimate(arranged.cluster_agreement), 0.0),
            _NOTHING
            if arranged.cluster_agreement is None
            else number_text(arranged.cluster_agreement, ".2f"),
            "0",
        ),
    )
    head = "".join(
        f'<th scope="col">{title}</th>' for title in ("Agreement", "0 – 1", "Figure", "By chance")
    )
    body = "".join(
        f'<tr><th scope="row"><strong>{html.escape(title)}</strong><br>'
        f'<span class="cae-quiet">{html.escape(sentence)}</span></th><td>{picture}</td>'
        f"<td>{html.escape(figure)}</td><td>{html.escape(chance)}</td></tr>"
        for title, sentence, picture, figure, chance in lines
    )
    return scroll_region(
        "Agreement of both studies",
        f'<table class="cae-facts cae-report"><tr>{head}</tr>{body}</table>',
    )


def overlap_figure(arranged: Arrangement, shared: int) -> go.Figure:
    """Return how many images share 0, 1, … of their neighbours, and a line of what chance gives.

    Args:
        arranged: the figures.
        shared: how many images there are.
    """
    k = arranged.neighbours
    counts = list(range(k + 1))
    expected = shared * hypergeom(shared - 1, k, k).pmf(counts)
    figure = go.Figure(
        go.Bar(
            x=counts,
            y=list(arranged.overlaps),
            marker={"color": "#1f6fd0", "line": {"width": 1, "color": "rgba(128,128,128,0.4)"}},
            hovertemplate="%{x} shared: %{y:,} images<extra></extra>",
        )
    )
    figure.add_scatter(
        x=counts,
        y=expected,
        mode="lines",
        line={"dash": "dot", "width": 2, "color": "#d9822b", "shape": "hvh"},
        hovertemplate="%{x} shared: %{y:,.0f} by chance<extra></extra>",
    )
    figure.update_xaxes(title=f"of {k} neighbours shared", dtick=1, showgrid=False)
    figure.update_yaxes(title="images")
    figure.update_layout(height=260, showlegend=False, margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure


def _picture(one: Estimate, chance: float) -> str:
    low, high = (one.value if end is None else end for end in (one.low, one.high))
    value, start, end, none = (number_text(one, ".2f") for one in (one.value, low, high, chance))
    words = f"{value}, interval from {start} to {end}, chance is {none}"
    if one.low is None:
        words = f"{value}, chance is {none}"
    return interval_picture(one.value, low, high, chance, words)


def _share_text(one: Estimate) -> str:
    text = percent_text(one.value, 1)
    if one.low is None or one.high is None:
        return text
    return f"{text} ({percent_text(one.low, 1)} to {percent_text(one.high, 1)})"
