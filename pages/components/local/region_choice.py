"""The legend of the regions, in which each can be shown or hidden."""

import html

import numpy as np
import streamlit as st

from cae.local.palette import region_colours
from cae.local.regions import area_column
from cae.number_text import percent_text
from cae.study.study import Study
from pages.components.state import session


def region_choice(study: Study, rows: np.ndarray, count: int) -> list[int]:
    """Show colour and mean share of each region in the images `rows`; return those to be seen."""
    key = session.control_key("local regions")
    shown = st.pills(
        "Regions shown",
        range(count),
        selection_mode="multi",
        default=list(range(count)),
        key=key,
    )
    everything, nothing = st.columns(2)
    everything.button(
        "Show all",
        on_click=st.session_state.__setitem__,
        args=(key, list(range(count))),
        width="stretch",
    )
    nothing.button(
        "Hide all", on_click=st.session_state.__setitem__, args=(key, []), width="stretch"
    )
    areas = study.areas.iloc[rows]
    shares = np.array([areas[area_column(region)].mean() for region in range(count)])
    _bars(shares, shown)
    return list(shown)


def _bars(shares: np.ndarray, shown: list[int]) -> None:
    colours = region_colours(len(shares))
    longest = shares.max()
    lines = []
    for region in np.argsort(-shares, kind="stable"):
        if shares[region] == 0:
            continue
        colour = f"#{colours[region].tobytes().hex()}"
        faint = "" if region in shown else ' style="opacity:0.4"'
        name = html.escape(f"Region {region}")
        lines.append(
            f'<tr{faint}><th scope="row">{name}</th><td class="cae-bar"><i style="width:'
            f'{shares[region] / longest:.1%};background:{colour}"></i></td>'
            f"<td>{html.escape(percent_text(shares[region], 1))}</td></tr>"
        )
    st.html(
        '<div class="cae-quiet">Mean share of the chosen images</div>'
        f'<table class="cae-bars"><tbody>{"".join(lines)}</tbody></table>'
    )
