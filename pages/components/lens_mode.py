"""Interpolate, lens: move over the map and see what the model decodes there."""

import streamlit as st

from cae.errors import CaeError
from cae.latent.lens import Lens, decode_lens
from cae.study import Study
from pages.components import session
from pages.components.anchor_map import MAP_KEY, anchor_map
from pages.components.lens import lens_sheets, lens_view
from pages.components.study_view import study_key

MODE = "lens"


def lens_mode(study: Study) -> None:
    """Show the map and, beside it, what lies under the pointer."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        row = session.get_anchor("a")
        anchor_map(study, {} if row is None else {"a": row}, ("a",), None, "")
    with right:
        st.html(
            '<div class="cae-hint">Move over the map, also over its empty parts. A place is '
            "decoded from the mean latent of the images nearest to it on the map.</div>"
        )
        waiting = st.empty()
        try:
            with waiting, st.spinner("Decoding the map…"):
                lens, sheets = _lens(study_key(study), study)
        except CaeError as error:
            st.error(str(error))
            return
        lens_view(study, lens, sheets, key="lens", map_key=MAP_KEY)


@st.cache_resource(max_entries=2, show_spinner=False)
def _lens(key: tuple[str, ...], _study: Study) -> tuple[Lens, tuple[str, str]]:
    lens = decode_lens(_study)
    return lens, lens_sheets(_study, lens)
