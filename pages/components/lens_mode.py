"""Interpolate, lens: move over the map and see what the model decodes there."""

import streamlit as st

from cae.errors import CaeError
from cae.latent.lens import Lens, decode_lens
from cae.progress import Progress
from cae.study import Study
from pages.components import session
from pages.components.anchor_map import MAP_KEY, anchor_map
from pages.components.computed import computed
from pages.components.lens import lens_sheets, lens_view

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
        try:
            lens, sheets = _lens(study)
        except CaeError as error:
            st.error(str(error))
            return
        lens_view(study, lens, sheets, key="lens", map_key=MAP_KEY)


def _lens(study: Study) -> tuple[Lens, tuple[str, str]]:
    """Return the lens of a study and its sheets, worked out once."""

    def compute(progress: Progress) -> tuple[Lens, tuple[str, str]]:
        lens = decode_lens(study, progress=progress)
        return lens, lens_sheets(study, lens)

    return computed(study, "lens", "Decoding the map:", compute)
