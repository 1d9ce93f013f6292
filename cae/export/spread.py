"""What one latent leaves open, as one picture that says of itself that it is invented."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.columns.colours import on_scale
from cae.decoding.spread import Spread
from cae.export.archive import write_file
from cae.export.contact_sheet import Tile, contact_sheet
from cae.export.provenance import provenance
from cae.export.redaction import Disclosure, disclosure
from cae.export.rendered import FAR
from cae.export.synthetic import (
    SYNTHETIC,
    film_strip,
    marked_png,
    require_synthetic_name,
)
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

# Grey levels that have the last colour where nothing differs more.
LEAST_LIMIT = 16.0


def file_stem(study: "Study", spread: Spread) -> str:
    """Return a file name without ending that tells the first seed, never an id."""
    return f"synthetic-spread-noise{spread.renderings[0].seed}"


def deviation_limit(deviation: np.ndarray) -> float:
    """Return the deviation, in grey levels, that the map draws in its last colour."""
    return max(LEAST_LIMIT, float(np.ceil(deviation.max())))


def deviation_picture(deviation: np.ndarray, limit: float) -> np.ndarray:
    """Return where images differ, in the colours of viridis, which the colour-blind can read.

    Args:
        deviation: (..., H, W), grey levels.
        limit: what has the last colour; 0 has the first.

    Returns:
        uint8 (..., H, W, 3).
    """
    return on_scale(deviation / limit)


def export_spread(
    study: "Study",
    spread: Spread,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write mean, likely images and the map of where they differ as one marked PNG.

    Its text holds the provenance with the seed and steps of every image.

    Args:
        study: that the latent is of.
        spread: as `draw_spread` returns it.
        out: a PNG, replaced when it exists. Its name must contain "synthetic".
        identifying: whether what may tell who a patient is is exported too.
        progress: told when it is done.

    Raises:
        CaeError: the name lacks the word, or the place is full or cannot be written to.
    """
    out = require_synthetic_name(out)
    origin = _origin(study, spread, disclosure(study, identifying))
    images, captions = zip(*_captioned(spread), strict=True)
    picture = marked_png(film_strip(images, captions), origin)
    write_file(out, picture)
    progress(1, 1, "pictures")
    return out


def export_spread_sheet(
    study: "Study",
    spread: Spread,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the same as one PDF page, to which the provenance is attached.

    All else is as in `export_spread`.
    """
    out = require_synthetic_name(out)
    origin = _origin(study, spread, disclosure(study, identifying))
    tiles = [
        Tile(film_strip([image], [caption]), (caption.removeprefix(SYNTHETIC).strip(),))
        for image, caption in _captioned(spread)
    ]
    title = f"Synthetic: the mean of one latent and {len(spread.images)} likely images"
    write_file(out, contact_sheet(title, tiles, None, origin))
    progress(1, 1, "pictures")
    return out


def _origin(study: "Study", spread: Spread, told: Disclosure) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "mean": {"decoded_as": "mean"},
        "likely": [one.facts for one in spread.renderings],
        "off_data": spread.is_off_data,
        "deviation": {
            "lowest": 0.0,
            "highest": deviation_limit(spread.deviation),
            "unit": "grey levels of 0-255",
        },
    }
    shown = 1 + len(spread.images)
    return provenance(study, told, "spread", facts, columns=["id"], synthetic=shown)


def _captioned(spread: Spread) -> list[tuple[np.ndarray, str]]:
    """Return mean, likely images and the map of where they differ, RGB, each with its caption."""
    limit = deviation_limit(spread.deviation)
    images = np.concatenate([spread.mean[None], spread.images])
    coloured = np.broadcast_to(images, (*images.shape[:3], 3))
    far = f"\n{FAR}" if spread.is_off_data else ""
    captions = [
        f"{SYNTHETIC} mean{far}",
        *(f"{SYNTHETIC} invented, seed {one.seed}{far}" for one in spread.renderings),
        f"{SYNTHETIC} differ 0-{limit:.0f} grey levels",
    ]
    everything = [*coloured, deviation_picture(spread.deviation, limit)]
    return list(zip(everything, captions, strict=True))
