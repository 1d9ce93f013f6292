"""How the losses of a training went down, epoch by epoch."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from cae.documents import fits
from cae.study.schemas import Epoch

_LINES = (("train", "Training", "#1f6fd0", "solid"), ("val", "Validation", "#d9822b", "dot"))
# More, and their titles would lie over each other beside a table or on a narrow screen.
_PER_ROW = 2
_HEIGHT = 250
# A hundred thousand epochs.
_MOST_BYTES = 1 << 25


def loss_curves(history_file: Path, key: str) -> None:
    """Draw the losses in `history_file`, one picture per loss; nothing before the first epoch."""
    history = read_history(history_file)
    if history.empty:
        return
    st.plotly_chart(loss_figure(history), key=key, config={"displayModeBar": False})
    last = history.iloc[-1]
    st.caption(
        f"Epoch {last['epoch']:.0f}: {last['seconds']:.1f} s, "
        f"{last['images_per_second']:,.0f} images/s. Each loss is shown with its weight."
    )


def read_history(file: Path) -> pd.DataFrame:
    """Return one row per finished epoch; lines that are not whole are left out."""
    try:
        with file.open("rb") as opened:
            lines = opened.read(_MOST_BYTES).splitlines()
    except OSError:
        return pd.DataFrame()
    records = []
    for line in lines:
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return pd.DataFrame([record for record in records if fits(record, Epoch)])


def loss_figure(history: pd.DataFrame) -> go.Figure:
    """Return one panel per loss with a line for training and one for validation."""
    names = [name.removeprefix("train_") for name in history.columns if name.startswith("train_")]
    titles = [f"{name.replace('_', ' ').capitalize()} loss" for name in names]
    rows, columns = -(-len(names) // _PER_ROW), min(len(names), _PER_ROW)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=titles,
        horizontal_spacing=0.12,
        vertical_spacing=0.3 / rows,
    )
    for number, name in enumerate(names):
        place = {"row": 1 + number // columns, "col": 1 + number % columns}
        for split, title, colour, dash in _LINES:
            if f"{split}_{name}" not in history:
                continue
            figure.add_scatter(
                x=history["epoch"],
                y=history[f"{split}_{name}"],
                mode="lines+markers",
                name=title,
                legendgroup=split,
                showlegend=number == 0,
                line={"color": colour, "dash": dash, "width": 2},
                marker={"size": 5},
                **place,
            )
    figure.update_xaxes(tick0=0, dtick=_tick(len(history)), rangemode="tozero", automargin=True)
    figure.update_xaxes(title="epoch", row=rows)
    figure.update_yaxes(automargin=True)
    figure.update_layout(
        height=_HEIGHT * rows,
        margin={"l": 10, "r": 10, "t": 62, "b": 10},
        legend={
            "orientation": "h",
            "y": 1 + 0.16 / rows,
            "x": 1,
            "xanchor": "right",
            "yanchor": "bottom",
        },
    )
    return figure


def _tick(epochs: int) -> int:
    """Return whole epochs between ticks, so that some six ticks stand below the curve."""
    steps: Iterator[int] = (factor * 10**power for power in range(6) for factor in (1, 2, 5))
    return next(step for step in steps if step * 6 >= epochs)
