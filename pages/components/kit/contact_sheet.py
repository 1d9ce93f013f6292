"""Many small images side by side, as on a photographer's contact sheet."""

import base64
import html
import io
from collections.abc import Iterable

import numpy as np
import streamlit as st
from PIL import Image

from cae.study.study import Study
from pages.components.kit.cache import cache_data

_PIXELS = 96


def contact_sheet(study: Study, rows: np.ndarray, width: int = 64) -> None:
    """Show the images of `rows`, each `width` pixels wide, wrapping where the page is narrow."""
    st.html(_sheet(str(study.path), study.digest("import"), tuple(map(int, rows)), width, study))


def sheet_of(images: np.ndarray, names: Iterable[str], width: int = 64) -> str:
    """Return HTML that shows images, uint8 (n, H, W, C), as `contact_sheet` does, with names."""
    pictures = "".join(
        f'<img src="{_small(image)}" alt="Image {html.escape(name)}" '
        f'title="{html.escape(name)}" style="width:{width}px;height:{width}px;'
        'border-radius:3px;image-rendering:pixelated">'
        for image, name in zip(images, names, strict=True)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px">{pictures}</div>'


@cache_data(max_entries=64)
def _sheet(path: str, digest: str, rows: tuple[int, ...], width: int, _study: Study) -> str:
    places = list(rows)
    return sheet_of(_study.images[places], _study.samples["id"].iloc[places].astype(str), width)


def _small(image: np.ndarray) -> str:
    """Return the image as a PNG in a ``data:`` address, no larger than it can be seen."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.thumbnail((_PIXELS, _PIXELS))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
