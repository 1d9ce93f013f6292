"""Latents, columns and small pictures as the Embedding Projector of TensorBoard shows them."""

import io
import math
from collections.abc import Iterator

import numpy as np
from PIL import Image

from cae.export.archive import Entries, Entry
from cae.export.formats.format import Format
from cae.export.release import Release

_FOLDER = "projector"
_LARGEST_SPRITE = 8192
_README = f"""\
{_FOLDER}/         For TensorBoard: tensorboard --logdir {_FOLDER}
                   The latents, the columns of images.csv and a sheet of small pictures.
"""


def _entries(release: Release) -> Entries:
    columns = math.ceil(math.sqrt(len(release)))
    width, height = _tile(release, columns)
    yield Entry(f"{_FOLDER}/projector_config.pbtxt", _config(width, height).encode())
    yield Entry(f"{_FOLDER}/tensors.tsv", _tensors(release))
    yield Entry(f"{_FOLDER}/metadata.tsv", _metadata(release))
    yield Entry(f"{_FOLDER}/sprite.png", _sprite(release, columns, (width, height)))


def _config(width: int, height: int) -> str:
    return f"""\
embeddings {{
  tensor_name: "latents"
  tensor_path: "tensors.tsv"
  metadata_path: "metadata.tsv"
  sprite {{
    image_path: "sprite.png"
    single_image_dim: {width}
    single_image_dim: {height}
  }}
}}
"""


def _tensors(release: Release) -> Iterator[bytes]:
    for row in release.rows:
        yield ("\t".join(map(str, release.latents[row].tolist())) + "\n").encode()


def _metadata(release: Release) -> Iterator[bytes]:
    yield _line(map(str, release.table))
    for line in release.lines():
        yield _line("" if value is None else str(value) for value in line.values())


def _line(cells: Iterator[str]) -> bytes:
    # There is no way to quote a tab or the end of a line.
    return ("\t".join(" ".join(cell.split()) for cell in cells) + "\n").encode("utf-8", "replace")


def _tile(release: Release, columns: int) -> tuple[int, int]:
    """Return width and height of each picture; the sheet is as large as it may be at most."""
    height, width = release.images.shape[1:3]
    scale = min(1.0, _LARGEST_SPRITE / (columns * max(height, width)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _sprite(release: Release, columns: int, tile: tuple[int, int]) -> bytes:
    """Return the pictures in rows, from the left above, as the projector cuts them out."""
    width, height = tile
    mode = "L" if release.images.shape[3] == 1 else "RGB"
    sheet = Image.new(mode, (columns * width, math.ceil(len(release) / columns) * height))
    for number, row in enumerate(release.rows):
        pixels = np.asarray(release.images[row])
        picture = Image.fromarray(pixels[..., 0] if mode == "L" else pixels)
        down, right = divmod(number, columns)
        sheet.paste(picture.resize(tile, Image.Resampling.BOX), (right * width, down * height))
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()


TENSORBOARD = Format("TensorBoard", _README, _entries, needs_latents=True)
