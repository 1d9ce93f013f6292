"""What the colours of a picture of changes stand for."""

import streamlit as st

from cae.decoding.difference import ENDS


def difference_legend(limit: float, is_of_means: bool) -> None:
    """Show which colour stands for how many grey levels of change.

    Args:
        limit: the change that has the full colour, grey levels.
        is_of_means: whether what is shown are other images than the means that are compared.
    """
    colours = ",".join(f"rgb{one}" for one in ENDS)
    means = "<span>Compared are mean decodes.</span>" if is_of_means else ""
    st.html(
        '<div class="cae-quiet" '
        'style="display:flex;flex-wrap:wrap;align-items:center;gap:0 0.5rem">'
        f"<span>What changed: −{limit:.0f}</span>"
        '<span style="flex:1;min-width:5rem;max-width:12rem;height:0.7rem;background:'
        f'linear-gradient(90deg,{colours})"></span>'
        f"<span>+{limit:.0f} grey levels of 255</span>{means}</div>"
    )
