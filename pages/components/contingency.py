"""Which labels are in which cluster, as a picture."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

_MOST_LEVELS = 40


def contingency(labels: pd.Series, clusters: pd.Series) -> pd.DataFrame:
    """Return how many images of each label (rows) each cluster (columns) holds.

    Images without a label are left out; −1 is called unclustered and comes last. Labels are put in
    the order of the clusters that hold most of them, so that a good clustering shows a diagonal.
    """
    known = labels.notna().to_numpy()
    counts = pd.crosstab(labels[known].astype(str), clusters[known])
    named = [number for number in counts.columns if number >= 0]
    counts = counts[named + [number for number in counts.columns if number < 0]]
    best = np.argmax(counts[named].to_numpy(), axis=1) if named else np.zeros(len(counts), int)
    counts = counts.iloc[np.argsort(best, kind="stable")]
    counts.columns = ["unclustered" if n < 0 else f"Cluster {n}" for n in counts.columns]
    return counts


def can_draw(counts: pd.DataFrame) -> bool:
    """Whether the table is neither empty nor too large to read."""
    return counts.size > 0 and max(counts.shape) <= _MOST_LEVELS


def contingency_figure(counts: pd.DataFrame) -> go.Figure:
    """Return a heat map: how a label's images fall into clusters, in per cent of the label."""
    shares = 100 * counts.to_numpy() / counts.to_numpy().sum(axis=1, keepdims=True)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(counts.columns),
            y=list(counts.index),
            zmin=0,
            zmax=100,
            colorscale=[[0, "rgba(31,111,208,0.04)"], [1, "rgba(31,111,208,1)"]],
            text=[[f"{value:,}" if value else "" for value in row] for row in counts.to_numpy()],
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}: %{text} images, %{z:.1f} % of the label<extra></extra>",
            colorbar={"title": "% of label", "thickness": 12},
            xgap=1,
            ygap=1,
        )
    )
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False, autorange="reversed")
    figure.update_layout(height=120 + 34 * len(counts), margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure
