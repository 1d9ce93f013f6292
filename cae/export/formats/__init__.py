"""Tools that an exported cohort opens in: one format per file, and what all have in common.

A new format is a file and a line here.
"""

from cae.errors import CaeError
from cae.export.formats.embedding_atlas import EMBEDDING_ATLAS
from cae.export.formats.fiftyone import FIFTYONE
from cae.export.formats.format import Format
from cae.export.formats.monai import MONAI
from cae.export.formats.tensorboard import TENSORBOARD

FORMATS = {
    "monai": MONAI,
    "fiftyone": FIFTYONE,
    "embedding-atlas": EMBEDDING_ATLAS,
    "tensorboard": TENSORBOARD,
}


def format_named(name: str) -> Format:
    """Return a format; raise `CaeError` where there is none of this name."""
    if name not in FORMATS:
        raise CaeError(f"There is no format {name!r}; choose from {', '.join(FORMATS)}.")
    return FORMATS[name]
