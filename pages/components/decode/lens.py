"""Lens and plane: what is decoded where the pointer is, beside the nearest real image."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from cae.decoding.lens import Lens
from cae.decoding.plane import Plane
from cae.study.study import Study
from pages.components.kit.component import Component
from pages.components.state.study_view import caption, study_table

# What is looked at in passing may be packed with a little loss; exports never are.
_QUALITY = 90


_lens = Component("decode", "lens", style="viewer")
_plane = Component("decode", "plane")


def lens_view(
    study: Study, lens: Lens, sheets: tuple[str, str], film: str, key: str, map_key: str
) -> None:
    """Show what the lens decodes where the pointer is on the map named `map_key`.

    Args:
        study: that the lens looks at.
        lens: all it can show, decoded beforehand, so that it follows the pointer at once.
        sheets: as `lens_sheets` returns them.
        film: a name that this and what shows more of the place share.
        key: of the component.
        map_key: of the map.
    """
    where = {"film": film, "map": map_key, "left": lens.left, "bottom": lens.bottom}
    _lens(data={**where, **_places(study, lens, sheets)}, key=key)


def plane_view(study: Study, plane: Plane, sheets: tuple[str, str], film: str, key: str) -> None:
    """Show a square to drag in, and what is decoded there beside the nearest real image.

    Args:
        study: that the plane is of.
        plane: all it can show, decoded beforehand, so that it follows the pointer at once.
        sheets: as `lens_sheets` returns them.
        film: a name that this and what shows more of the place share.
        key: of the component.
    """
    axes = [one.name for one in plane.directions]
    distances = np.round(plane.nearest_distances.astype(float), 3).tolist()
    where = {
        "film": film,
        "left": -plane.reach,
        "bottom": -plane.reach,
        "axes": axes,
        "distances": distances,
    }
    _plane(data={**where, **_places(study, plane, sheets)}, key=key)


def _places(study: Study, lens: Lens | Plane, sheets: tuple[str, str]) -> dict[str, Any]:
    """Return what both components are told of decoded places."""
    ids = study_table(study)["id"]
    rows, where = np.unique(lens.nearest_rows, return_inverse=True)
    names = [" · ".join(filter(None, [str(ids.iloc[row]), caption(study, row)])) for row in rows]
    return {
        "side": lens.side,
        "step": lens.step,
        "pixels": list(lens.images.shape[2:0:-1]),
        "decoded": sheets[0],
        "originals": sheets[1],
        "nearest": where.tolist(),
        "names": names,
        "offData": np.flatnonzero(lens.off_data).tolist(),
    }


def lens_sheets(study: Study, lens: Lens | Plane) -> tuple[str, str]:
    """Return the decoded images and the nearest originals, tiled in rows of `lens.side`."""
    originals = np.stack([study.images[row] for row in np.unique(lens.nearest_rows)])
    return _sheet(lens.images, lens.side), _sheet(originals, lens.side)


def _sheet(images: np.ndarray, columns: int) -> str:
    missing = -len(images) % columns
    filled = np.concatenate([images, np.zeros((missing, *images.shape[1:]), np.uint8)])
    rows = filled.reshape(-1, columns, *images.shape[1:]).transpose(0, 2, 1, 3, 4)
    sheet = rows.reshape(-1, columns * images.shape[2], images.shape[3])
    picture = Image.fromarray(sheet[..., 0] if sheet.shape[-1] == 1 else sheet)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
