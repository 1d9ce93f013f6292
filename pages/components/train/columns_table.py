"""A table of columns: what they mean, where they are from and what they hold."""

import pandas as pd
import streamlit as st


def columns_table(overview: pd.DataFrame) -> None:
    """Show what `cae.columns.overview.overview` returns."""
    st.dataframe(overview.rename(columns=str.capitalize), hide_index=True, width="stretch")
