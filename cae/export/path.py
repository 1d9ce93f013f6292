"""A decoded path as files that say of themselves that they are synthetic."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.selection import LEFT_OUT
from cae.decoding.decoded_path import DecodedPath
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive, write_file, write_files
from cae.export.contact_sheet import Tile, contact_sheet
from cae.export.contents import json_bytes, npy_pieces, pixel_pieces, png_bytes
from cae.export.csv import csv_pieces
from cae.export.filenames import safe_names
from cae.export.film import marked_mp4
from cae.export.provenance import PROVENANCE, picture_facts, provenance, readme
from cae.export.redaction import Disclosure, disclosure
from cae.export.rendered import DECODED_AS, rendering_names, synthetic_caption
from cae.export.synthetic import (
    ORIGINAL,
    film_strip,
    mark,
    marked_gif,
    marked_png,
    marked_webp,
    picture_grid,
    require_synthetic_name,
)
from cae.number_text import counted
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

SECONDS_PER_FRAME = 0.3
_Encode = Callable[[np.ndarray, float, dict[str, Any], Sequence[str]], bytes]
# Of a file name: file systems take 255 characters.
_LONGEST_ID, _MOST_IDS = 40, 4
_NO_PATHS = ("grid", "direction", "morph", "average", "averages")
_README = f"""\
Synthetic images along a path through a latent space, exported by CAE Explorer

frames/               One PNG per step, decoded by the model and marked as synthetic in the
                      picture, the name and the PNG's text.
overview-synthetic.png
                      All steps side by side; what is grey is an original image.
path-synthetic.gif    The steps as an animation.
originals/            The images that the path joins, unchanged; where it joins averages of
                      groups, the most typical image of each.
provenance.json       How the path came about: versions, hashes and parameters of every step,
                      anchors, kind and number of steps.
synthetic-steps.csv   Per step what it is, the nearest real image, the cosine distance to it
                      (0-2), whether it is far from every image (off_data), and the place on the
                      map. Row i is the image in row i of the study. Steps are of the kind
                      synthetic; the originals follow as real. Where the path was checked,
                      checked_distance is the cosine distance of each image, encoded again, to
                      the latent that was meant.
synthetic-latents.npy The latent of every step, float32, in the order of synthetic-steps.csv.
synthetic-pixels.npy  What was decoded, uint8 (steps, height, width, channels), neither enlarged nor
                      framed (numpy.load reads it).
directions.npy        If present: the directions that are followed, float32, one per line, each one
                      standard deviation long.
members.csv           If present: the images whose average this is.
checksums.sha256      The SHA-256 of every other file.

{HOW_TO_CHECK}
{DECODED_AS}
Synthetic images show what the model has learned; they are not images of any subject.
For research use only; not for diagnosis.
"""


def file_stem(study: "Study", path: DecodedPath, *, identifying: bool = False) -> str:
    """Return a file name without ending that tells the direction and the ids that may be told."""
    told = disclosure(study, identifying)
    what = [path.kind if path.kind in _NO_PATHS else "path"]
    if "direction" in path.facts:
        name = told.text(path.facts["direction"]["name"])
        what += safe_names([name] if name != LEFT_OUT else [])
    ids = [name[:_LONGEST_ID] for name in told.file_names(np.array(path.anchors))]
    if len(ids) > _MOST_IDS:
        ids = [ids[0], ids[-1], f"{len(ids)}-anchors"]
    return "-".join(["synthetic", *what, *ids, *rendering_names(path.rendering)])


def export_path(
    study: "Study",
    path: DecodedPath,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write frames, overview, animation, originals, table, latents and provenance.

    Two exports of one path are the same, byte for byte.

    Args:
        study: the study the path was decoded in.
        path: as `decode_path` returns it.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
            Its name must contain "synthetic".
        identifying: whether what may tell who a patient is is exported too.
        progress: receives frames written.

    Returns:
        `out`.

    Raises:
        CaeError: the name lacks the word, the folder holds something, or the place is full or
            cannot be written to.
    """
    out = require_synthetic_name(out)
    return write_archive(out, _entries(study, path, disclosure(study, identifying), progress))


def export_gif(
    study: "Study",
    path: DecodedPath,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the steps as an endless GIF with its provenance in the comment.

    Two exports of one path are the same. Arguments and errors are those of `export_path`, but
    `out` is a file, replaced when it exists.
    """
    return _export_animation(marked_gif, study, path, out, disclosure(study, identifying), progress)


def export_webp(
    study: "Study",
    path: DecodedPath,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the steps as a lossless WebP; its EXIF image description holds the provenance.

    All else is as in `export_gif`.
    """
    return _export_animation(
        marked_webp, study, path, out, disclosure(study, identifying), progress
    )


def export_mp4(
    study: "Study",
    path: DecodedPath,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the steps as an MP4 (H.264); its comment holds the provenance.

    All else is as in `export_gif`, and the package av must be there.
    """
    return _export_animation(marked_mp4, study, path, out, disclosure(study, identifying), progress)


def export_sheet(
    study: "Study",
    path: DecodedPath,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the steps and the originals that they join as one PDF page.

    Below each step stands what it is and the nearest real image; the provenance, but for the time,
    is attached. All else is as in `export_gif`.
    """
    out = require_synthetic_name(out)
    told = disclosure(study, identifying)
    originals = {} if "columns" in path.facts else _originals(path)
    origin = _provenance(study, path, told, real=len(originals))
    tiles = [
        Tile(
            film_strip([study.images[row]], [_original_caption(path, letter)]),
            (f"{letter}: {name}", *_average_words(path, letter, told)),
        )
        for (letter, row), name in zip(
            originals.items(), told.image_names(list(originals.values())), strict=True
        )
    ]
    tiles += _step_tiles(path, told)
    title = f"Synthetic {path.kind if path.kind in _NO_PATHS else 'path'}, {len(path)} steps"
    content = contact_sheet(title, tiles, path.facts.get("columns"), origin)
    write_file(out, content)
    progress(len(path), len(path), "frames")
    return out


def path_overview(study: "Study", path: DecodedPath) -> np.ndarray:
    """Return all steps in one picture, uint8 RGB (H′, W′, 3).

    Those that fill a grid as a grid, those of a direction beside the original image, and those
    of a path between the originals that it joins.
    """
    captions = [_caption(path, number) for number in range(1, len(path) + 1)]
    if "columns" in path.facts:
        return picture_grid(path.images, captions, path.facts["columns"])
    ends = [
        (study.images[row], _original_caption(path, letter))
        for row, letter in zip(path.anchors, path.letters, strict=True)
    ]
    first, *last = (ends[0], ends[-1]) if len(ends) > 1 else ends
    tiles = [first, *zip(path.images, captions, strict=True), *last]
    images, captions_of = zip(*tiles, strict=True)
    return film_strip(images, captions_of)


def _entries(study: "Study", path: DecodedPath, told: Disclosure, progress: Progress) -> Entries:
    origin = _provenance(study, path, told, real=len(_originals(path)))
    facts = picture_facts(origin)
    yield Entry("README.txt", readme(_README, origin))
    for number, image in enumerate(path.images, start=1):
        picture = mark(image, _caption(path, number))
        yield Entry(_frame_name(path, number), marked_png(picture, {**facts, "step": number}))
        progress(number, len(path), "frames")
    yield Entry("overview-synthetic.png", marked_png(path_overview(study, path), facts))
    yield _animation("path-synthetic.gif", marked_gif, study, path, told)
    for label, row in _originals(path).items():
        yield Entry(_original_name(label), png_bytes(study.images[row]))
    yield Entry("synthetic-steps.csv", csv_pieces(_table(study, path, told)))
    yield Entry("synthetic-pixels.npy", pixel_pieces(path.images))
    yield Entry("synthetic-latents.npy", npy_pieces(path.latents, np.arange(len(path))))
    if path.directions is not None:
        whole = np.arange(len(path.directions))
        yield Entry("directions.npy", npy_pieces(path.directions, whole))
    if path.members is not None:
        members = {"row": path.members, "image": told.image_names(path.members)}
        yield Entry("members.csv", csv_pieces(pd.DataFrame(members)))
    yield Entry(PROVENANCE, json_bytes(origin))


def _step_tiles(path: DecodedPath, told: Disclosure) -> list[Tile]:
    """Return the steps with what they are and the real image nearest to each."""
    names = told.image_names(path.nearest_rows)
    return [
        Tile(
            mark(path.images[step], _caption(path, step + 1)),
            (
                told.text(path.captions[step]),
                f"nearest: {names[step]}",
                f"cosine distance {path.nearest_distances[step]:.3f}"
                + (", far from every image" if path.off_data[step] else ""),
                *([] if path.apart is None else [f"encoded again {path.apart[step]:.3f} away"]),
            ),
        )
        for step in range(len(path))
    ]


def _export_animation(
    encode: _Encode,
    study: "Study",
    path: DecodedPath,
    out: Path,
    told: Disclosure,
    progress: Progress,
) -> Path:
    out = require_synthetic_name(out)

    def entries() -> Entries:
        yield _animation(out.name, encode, study, path, told)
        progress(len(path), len(path), "frames")

    write_files(out.parent, entries())
    return out


def _animation(
    name: str, encode: _Encode, study: "Study", path: DecodedPath, told: Disclosure
) -> Entry:
    facts = _provenance(study, path, told, real=0)
    captions = [_caption(path, number) for number in range(1, len(path) + 1)]
    return Entry(name, encode(path.images, SECONDS_PER_FRAME, facts, captions))


def _provenance(
    study: "Study", path: DecodedPath, told: Disclosure, *, real: int
) -> dict[str, Any]:
    images = zip(path.letters, told.image_names(path.anchors), path.anchors, strict=True)
    facts = {
        "anchors": [{"label": label, "image": image, "row": row} for label, image, row in images],
        "kind": path.kind,
        "steps": len(path),
        "off_data": int(path.off_data.sum()),
        "latent_size": path.latents.shape[1],
        **path.rendering.facts,
        **_check(path),
        **told.details(path.facts),
    }
    return provenance(study, told, "path", facts, columns=["id"], real=real, synthetic=len(path))


def _check(path: DecodedPath) -> dict[str, Any]:
    """Return how far images, encoded again, are from what was meant, where that was checked."""
    if path.apart is None:
        return {}
    return {
        "check": {
            "median_distance": round(float(np.median(path.apart)), 4),
            "highest_distance": round(float(path.apart.max()), 4),
            "farthest_step": int(path.apart.argmax()) + 1,
            "distance": "cosine distance of images, encoded again, to what was meant",
        }
    }


def _table(study: "Study", path: DecodedPath, told: Disclosure) -> pd.DataFrame:
    steps = pd.DataFrame(
        {
            "kind": "synthetic",
            "step": np.arange(1, len(path) + 1),
            "frame": [_frame_name(path, number) for number in range(1, len(path) + 1)],
            "caption": [told.text(caption) for caption in path.captions],
            "nearest_image": told.image_names(path.nearest_rows),
            "nearest_row": path.nearest_rows,
            "cosine_distance": path.nearest_distances,
            "off_data": path.off_data,
            "map_x": path.places[:, 0],
            "map_y": path.places[:, 1],
        }
    )
    if path.apart is not None:
        steps["checked_distance"] = path.apart
    originals = _originals(path)
    rows = list(originals.values())
    real = pd.DataFrame(
        {
            "kind": "real",
            "frame": [_original_name(label) for label in originals],
            "caption": [_original_caption(path, label) for label in originals],
            "nearest_image": told.image_names(rows),
            "nearest_row": rows,
            "cosine_distance": 0.0,
            "off_data": False,
            "map_x": study.projection[rows, 0],
            "map_y": study.projection[rows, 1],
        }
    )
    return pd.concat([steps.astype({"step": "Int64"}), real], ignore_index=True)


def _caption(path: DecodedPath, number: int) -> str:
    is_far = bool(path.off_data[number - 1])
    return synthetic_caption(path.rendering, number, len(path), is_far=is_far)


def _originals(path: DecodedPath) -> dict[str, int]:
    """Return the row of each anchor by its letter; an image that comes again is there once."""
    return dict(zip(path.letters, path.anchors, strict=True))


def _original_caption(path: DecodedPath, letter: str) -> str:
    is_average = any(one["letter"] == letter for one in path.facts.get("averages", ()))
    return f"{ORIGINAL} typical of {letter}" if is_average else f"{ORIGINAL} {letter}"


def _average_words(path: DecodedPath, letter: str, told: Disclosure) -> tuple[str, ...]:
    """Say of an original which group it is the most typical image of, where it is one."""
    for one in path.facts.get("averages", ()):
        if one["letter"] == letter:
            return (f"most typical of {told.text(one['group'])}", counted(one["images"], "image"))
    return ("a real image",)


def _original_name(label: str) -> str:
    return f"originals/original-{label}.png"


def _frame_name(path: DecodedPath, number: int) -> str:
    return f"frames/synthetic-{number:02d}-of-{len(path):02d}.png"
