"""What was imported: some images, the table's columns, and what could not be used."""

import pandas as pd
import streamlit as st

from cae.latent.spread import evenly_spread
from cae.sources.depth import window_note
from cae.study.study import Study
from pages.components.kit.contact_sheet import contact_sheet

_SHOWN = 36
_EXAMPLES = 3


def study_preview(study: Study) -> None:
    """Show a sample of the images, a table of columns and a table of problems."""
    contact_sheet(study, evenly_spread(len(study), _SHOWN))
    st.caption(_summary(study))
    problems = study.problems
    if len(problems):
        count = len(problems)
        unused = "1 file or row" if count == 1 else f"{count:,} files or rows"
        with st.expander(f"{unused} could not be used", icon=":material/warning:"):
            st.dataframe(problems, hide_index=True, width="stretch")
    with st.expander(f"{study.samples.shape[1]} columns"):
        st.dataframe(
            _columns(str(study.path), study.digest("import"), study),
            hide_index=True,
            width="stretch",
        )


def _summary(study: Study) -> str:
    count, height, width, channels = study.images.shape
    splits = study.samples["split"].value_counts()
    parts = ", ".join(f"{splits[split]:,} {split}" for split in splits.index)
    colour = "grey" if channels == 1 else "colour"
    text = f"{count:,} {colour} images of {width}×{height} pixels: {parts}."
    return " ".join(filter(None, [text, window_note(study.samples), study.manifest["credit"]]))


@st.cache_data(max_entries=16, show_spinner=False)
def _columns(path: str, digest: str, _study: Study) -> pd.DataFrame:
    table = _study.samples
    return pd.DataFrame(
        {
            "Column": list(table),
            "Kind": [_kind(table[column]) for column in table],
            "Filled": [f"{table[column].notna().mean():.0%}" for column in table],
            "Different": [int(table[column].nunique()) for column in table],
            "Examples": [_examples(table[column]) for column in table],
            "Identifying": ["yes" if name in _study.identifying else "" for name in table],
        }
    )


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "yes or no"
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "text"


def _examples(values: pd.Series) -> str:
    return ", ".join(str(value)[:40] for value in values.dropna().unique()[:_EXAMPLES])
