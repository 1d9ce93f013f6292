"""Decoded images side by side on one page with what they are and where they come from, as a PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cae.export.contents import json_bytes
from cae.export.latin import latin
from cae.export.provenance import PROVENANCE
from cae.version import __version__

if TYPE_CHECKING:
    from fpdf import FPDF

MOST_TILES = 100
# Millimetres of an A4 page on its side.
_WIDTH, _HEIGHT, _MARGIN, _GAP = 297.0, 210.0, 10.0, 2.0
_TITLE_SIZE, _TEXT_SIZE, _SMALL_SIZE = 13, 7, 5.5
_TITLE_LINE, _LINE, _SMALL_LINE = 7.0, 3.2, 2.4
_FONT = "Helvetica"
# Two pages of the same are the same, so that they tell no time.
NO_TIME = datetime(1980, 1, 1, tzinfo=UTC)
# Of what an export says of how it was made.
_TOLD = ("seed", "decoded_as", "noise_seed", "flow_steps", "flow_method", "invented")
_WARNING = (
    "SYNTHETIC images show what a model has learned; they are not images of any subject. For "
    "research use only; not for diagnosis."
)


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture of a sheet.

    Attributes:
        picture: uint8 RGB, (H, W, 3), marked already; all of a sheet have one size.
        words: lines to stand below it as text.
    """

    picture: np.ndarray
    words: tuple[str, ...] = ()


def contact_sheet(
    title: str, tiles: Sequence[Tile], columns: int | None, origin: Mapping[str, Any]
) -> bytes:
    """Return one A4 page with pictures, text that can be searched, and provenance.

    The provenance is attached as ``provenance.json``; what matters most of it stands on the page.
    Letters beyond Latin-1 become question marks in the text, and are kept in the attachment.

    Args:
        title: of the page.
        tiles: at most 100.
        columns: of the grid; None for as many as make pictures largest.
        origin: as `cae.export.provenance.provenance` returns it, without its time.
    """
    from fpdf import FPDF

    pdf = FPDF("landscape", "mm", "A4")
    pdf.set_creation_date(NO_TIME)
    pdf.set_compression(False)
    pdf.set_auto_page_break(False)
    pdf.set_title(latin(title))
    pdf.set_subject(_WARNING)
    pdf.set_creator(f"CAE Explorer {__version__}")
    pdf.set_lang("en")
    pdf.set_image_filter("FlateDecode")
    pdf.add_page()
    pdf.c_margin = 0
    pdf.set_font(_FONT, "B", _TITLE_SIZE)
    pdf.set_xy(_MARGIN, _MARGIN)
    pdf.cell(_WIDTH - 2 * _MARGIN, _TITLE_LINE, _fitting(pdf, title, _WIDTH - 2 * _MARGIN))
    facts = _facts(origin)
    bottom = _HEIGHT - _MARGIN - _LINE * len(facts)
    _place(pdf, tiles, columns, _MARGIN + _TITLE_LINE + _GAP, bottom - _GAP)
    pdf.set_font(_FONT, "", _TEXT_SIZE)
    for number, line in enumerate(facts):
        pdf.set_xy(_MARGIN, bottom + number * _LINE)
        pdf.cell(_WIDTH - 2 * _MARGIN, _LINE, _fitting(pdf, line, _WIDTH - 2 * _MARGIN))
    pdf.embed_file(
        bytes=json_bytes(dict(origin)),
        basename=PROVENANCE,
        mime_type="application/json",
        modification_date=NO_TIME,
        creation_date=NO_TIME,
    )
    return bytes(pdf.output())


def _place(
    pdf: "FPDF", tiles: Sequence[Tile], columns: int | None, top: float, bottom: float
) -> None:
    """Put pictures with their words into the room between two heights of the page."""
    height = max(tile.picture.shape[0] for tile in tiles)
    width = tiles[0].picture.shape[1]
    words = max(len(tile.words) for tile in tiles) * _SMALL_LINE
    room = _WIDTH - 2 * _MARGIN, bottom - top
    numbers = range(1, len(tiles) + 1) if columns is None else (columns,)
    sizes = {number: _size(number, len(tiles), room, words, height / width) for number in numbers}
    across = max(sizes, key=sizes.__getitem__)
    side = sizes[across]
    pdf.set_font(_FONT, "", _SMALL_SIZE)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, across)
        left = _MARGIN + column * (side + _GAP)
        upper = top + row * (side * height / width + words + _GAP)
        picture = Image.fromarray(tile.picture)
        pdf.image(picture, left, upper, side, alt_text=latin(" ".join(tile.words)) or None)
        for line, text in enumerate(tile.words):
            pdf.set_xy(left, upper + side * height / width + line * _SMALL_LINE)
            pdf.cell(side, _SMALL_LINE, _fitting(pdf, text, side))


def _size(columns: int, count: int, room: tuple[float, float], words: float, shape: float) -> float:
    """Return how wide pictures can be, in millimetres, where so many stand in a row."""
    rows = -(-count // columns)
    width = (room[0] + _GAP) / columns - _GAP
    height = (room[1] + _GAP) / rows - _GAP - words
    return max(min(width, height / shape), 1.0)


def _facts(origin: Mapping[str, Any]) -> list[str]:
    """Return what a reader of the page alone has to know, line by line."""
    study, of_kind = origin["study"], origin[origin["kind"]]
    images = origin["images"]
    told = {name: of_kind[name] for name in _TOLD if name in of_kind}
    decoded = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in told.items())
    return [
        _WARNING,
        f"{images['synthetic']} synthetic and {images['real']} real images. "
        + decoded.capitalize(),
        f"Study {study['name']}, {study['images']} images, source {study['source']}, credit: "
        f"{study['credit']}",
        f"Model {study['model_hash']}, sharp decoder {study['sharp_decoder_hash'] or 'none'}",
        f"Made with CAE Explorer {origin['version']}. Attached to this page: {PROVENANCE}, with "
        "versions, hashes and parameters of every step.",
    ]


def _fitting(pdf: "FPDF", text: str, width: float) -> str:
    """Return a text, shortened where it is wider than so many millimetres."""
    text = latin(text)
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(text + "...") > width:
        text = text[:-1]
    return text + "..."
