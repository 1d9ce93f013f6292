"""A button that downloads a file that an export writes."""

from functools import partial
from typing import Literal, TypeVar

import streamlit as st

from cae.export.exporter import Exporter
from cae.study.study import Study
from pages.components.kit.exports import exported_bytes

_What = TypeVar("_What")


def file_button(
    study: Study,
    export: Exporter[_What],
    what: _What,
    title: str,
    name: str,
    mime: str,
    beside: str | None = None,
    key: str = "",
    *,
    icon: str = ":material/download:",
    words: str | None = None,
    disabled: bool = False,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """Show a button that exports `what`, without anything identifying, when it is pressed.

    Args:
        study: that `what` belongs to.
        export: one of `cae.export`.
        what: that is exported.
        title: what the button says.
        name: of the file that the export writes.
        mime: type of the downloaded file.
        beside: a file that the export writes beside it, which is downloaded instead.
        key: one for each place on the page that offers the same.
        icon: in front of the title.
        words: help of the button.
        disabled: whether it cannot be pressed here, which `words` explain.
        width: of the button.
    """
    st.download_button(
        title,
        partial(exported_bytes, export, study, what, name, beside),
        file_name=beside or name,
        mime=mime,
        help=words,
        disabled=disabled,
        icon=icon,
        key=f"{key} {title} {beside or name}",
        on_click="ignore",
        width=width,
    )
