"""What was imported: some images, the table's columns, and remarks on files and rows."""

import pandas as pd
import streamlit as st

from cae.columns.overview import overview
from cae.latent.spread import evenly_spread
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.cache import cache_data
from pages.components.kit.contact_sheet import contact_sheet
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.train.columns_table import columns_table

_SHOWN = 36


def study_preview(study: Study) -> None:
    """Show a sample of the images, a table of columns and a table of problems."""
    contact_sheet(study, evenly_spread(len(study), _SHOWN))
    st.caption(plain_markdown(_summary(study)))
    problems = study.problems
    if len(problems):
        remarks = counted(len(problems), "remark")
        with st.expander(f"{remarks} on files and rows", icon=":material/warning:"):
            st.dataframe(problems, hide_index=True, width="stretch")
    with st.expander(f"{study.samples.shape[1]} columns"):
        columns_table(_columns(str(study.path), study.digest("import"), study))


def _summary(study: Study) -> str:
    count, height, width, channels = study.images.shape
    splits = study.samples["split"].value_counts()
    parts = ", ".join(f"{splits[split]:,} {split}" for split in splits.index)
    colour = "grey" if channels == 1 else "colour"
    text = f"{counted(count, f'{colour} image')} of {width}×{height} pixels: {parts}."
    return " ".join(filter(None, [text, *study.notes, study.manifest["credit"]]))


@cache_data(max_entries=16)
def _columns(path: str, digest: str, _study: Study) -> pd.DataFrame:
    return overview(_study.samples, _study.origins, _study.identifying)
