"""Many small images side by side, as on a photographer's contact sheet."""

import base64
import html
import io

import numpy as np
import streamlit as st
from PIL import Image

from cae.study.study import Study
from pages.components.kit.cache import cache_data

_PIXELS = 96


def contact_sheet(study: Study, rows: np.ndarray, width: int = 64) -> None:
    """Show the images of `rows`, each `width` pixels wide, wrapping where the page is narrow."""
    st.html(_sheet(str(study.path), study.digest("import"), tuple(map(int, rows)), width, study))


@cache_data(max_entries=64)
def _sheet(path: str, digest: str, rows: tuple[int, ...], width: int, _study: Study) -> str:
    ids = _study.samples["id"]
    pictures = "".join(
        f'<img src="{_small(_study.images[row])}" alt="Image {html.escape(str(ids[row]))}" '
        f'title="{html.escape(str(ids[row]))}" style="width:{width}px;height:{width}px;'
        'border-radius:3px;image-rendering:pixelated">'
        for row in rows
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px">{pictures}</div>'


def _small(image: np.ndarray) -> str:
    """Return the image as a PNG in a ``data:`` address, no larger than it can be seen."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.thumbnail((_PIXELS, _PIXELS))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
