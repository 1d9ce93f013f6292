"""Whether cluster probabilities mean what they say, as a picture."""

from typing import Any

import plotly.graph_objects as go


def reliability_figure(bins: list[dict[str, Any]]) -> go.Figure:
    """Return a bar per interval of probability, and the line that honest bars end on.

    Args:
        bins: `cae.evaluation.reliability.Bin` as dictionaries.
    """
    figure = go.Figure(
        go.Bar(
            x=[(one["low"] + one["high"]) / 2 for one in bins],
            y=[one["share"] for one in bins],
            width=[one["high"] - one["low"] for one in bins],
            text=[f"{one['images']:,}" for one in bins],
            textposition="auto",
            customdata=[[one["low"], one["high"], one["probability"]] for one in bins],
            hovertemplate="Probability %{customdata[0]:.1f} to %{customdata[1]:.1f}, mean "
            "%{customdata[2]:.2f}: %{y:.0%} of %{text} images<extra></extra>",
            marker={"color": "#1f6fd0", "line": {"width": 1, "color": "rgba(128,128,128,0.4)"}},
        )
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"dash": "dot", "width": 2, "color": "#d9822b"},
        hoverinfo="skip",
    )
    figure.update_xaxes(title="cluster probability", range=[0, 1], dtick=0.2, showgrid=False)
    figure.update_yaxes(title="have the cluster's label", range=[0, 1.02], tickformat=".0%")
    figure.update_layout(height=300, showlegend=False, margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure
