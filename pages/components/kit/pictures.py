"""Images as a web page takes them, and figures of real and of synthetic ones."""

import base64
import html
import io
from collections.abc import Iterable

import numpy as np
import streamlit as st
from PIL import Image


def data_uri(image: np.ndarray) -> str:
    """Return an image (uint8, H×W×1 or H×W×3) as a PNG in a ``data:`` address."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def real_figure(image: np.ndarray, caption: str, width: int = 128) -> str:
    """Return HTML that shows a real image `width` pixels wide over its caption."""
    return _figure(image, caption, width, "Image: ", "")


def original_figure(image: np.ndarray, caption: str, width: int = 128) -> str:
    """Return HTML that shows an image of the study in the frame that marks it as original."""
    return _figure(image, caption, width, "Original image: ", "cae-original")


def computed_figure(image: np.ndarray, caption: str, width: int = 128) -> str:
    """Return HTML that shows what was computed from real images, without a model."""
    return _figure(image, caption, width, "Computed image: ", "cae-computed")


def synthetic_figure(image: np.ndarray, caption: str, width: int = 128) -> str:
    """Return HTML that shows a decoded image in the frame that marks all synthetic ones."""
    return _figure(image, caption, width, "Synthetic image: ", "cae-synthetic")


def show_figures(figures: list[str]) -> None:
    """Show figures side by side, wrapping where the page is narrow."""
    st.html(f'<div class="cae-figures">{"".join(figures)}</div>')


def show_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Show pairs of figures, which stay side by side where pairs wrap."""
    shown = "".join(f'<div class="cae-pair">{first}{second}</div>' for first, second in pairs)
    st.html(f'<div class="cae-figures">{shown}</div>')


def _figure(image: np.ndarray, caption: str, width: int, kind: str, frame: str) -> str:
    text = html.escape(caption, quote=True)
    return (
        f'<figure class="cae-figure" style="width:{width}px"><span class="{frame}">'
        f'<img src="{data_uri(image)}" alt="{kind}{text}"></span>'
        f"<figcaption>{text}</figcaption></figure>"
    )
