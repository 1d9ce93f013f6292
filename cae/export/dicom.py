"""Decoded images as DICOM that no archive takes for an examination."""

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from cae.decoding.rendering import INVENTED, LIKELY, Rendering
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive
from cae.export.contents import json_bytes
from cae.export.csv import csv_pieces
from cae.export.provenance import PROVENANCE, provenance, readme
from cae.export.redaction import Disclosure, disclosure
from cae.export.rendered import synthetic_caption
from cae.export.synthetic import mark, require_synthetic_name
from cae.progress import Progress, silent
from cae.version import __version__

if TYPE_CHECKING:
    from cae.study.study import Study

_APP, _NOBODY = "CAE Explorer", "SYNTHETIC"
_SYNTHETIC_IMAGE = "SYN"
_TIMES = (
    *("InstanceCreationDate", "InstanceCreationTime"),
    *("DateOfSecondaryCapture", "TimeOfSecondaryCapture"),
    *("ContentDate", "ContentTime"),
)
_README = f"""\
CAE Explorer: synthetic images as DICOM
=======================================

Images decoded by a model. They show what the model has learned; they are not images of any subject.

synthetic/             One Secondary Capture image each (DICOM PS3.3 A.8.1), with UIDs of its own
                       that lead to no examination. The patient is called {_NOBODY}, the conversion
                       type is {_SYNTHETIC_IMAGE}; derivation description and comments say what it
                       is. The mark is burned in, so Burned In Annotation is YES.
synthetic-images.csv   One line per image: its file, that file's SHA-256 and SOP Instance UID, the
                       real image nearest to it, the cosine distance to that (0-2), and whether it
                       is far from every image (off_data).
provenance.json        How the images came about: versions, hashes and parameters of every step.
checksums.sha256       The SHA-256 of every other file.

{HOW_TO_CHECK}
For research use only; not for diagnosis.
"""


class Synthetic(Protocol):
    """What is asked of decoded images: `DecodedSamples` and `DecodedPath` are such."""

    @property
    def latents(self) -> np.ndarray:
        """float32 (M, d)."""

    @property
    def images(self) -> np.ndarray:
        """uint8 (M, H, W, C)."""

    @property
    def nearest_rows(self) -> np.ndarray:
        """int64 (M,), the real image nearest to each."""

    @property
    def nearest_distances(self) -> np.ndarray:
        """float32 (M,), cosine distance to it, 0–2."""

    @property
    def off_data(self) -> np.ndarray:
        """Bool (M,), whether it is far from every image."""

    @property
    def rendering(self) -> Rendering:
        """How images were decoded."""

    @property
    def made_from(self) -> dict[str, Any]:
        """How they came about, JSON-able."""


def export_dicom(
    study: "Study",
    synthetic: Synthetic,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write decoded images, marked, as DICOM Secondary Capture with their table and provenance.

    UIDs follow from the images and the model: those of other images are others, and two exports
    of the same are the same, byte for byte.

    Args:
        study: that they were decoded in.
        synthetic: as `decode_samples` or `decode_path` returns it.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
            Its name must contain "synthetic".
        identifying: whether what may tell who a patient is is exported too.
        progress: receives images written.

    Raises:
        CaeError: the name lacks the word, the folder holds something, or the place is full or
            cannot be written to.
    """
    out = require_synthetic_name(out)
    return write_archive(out, _entries(study, synthetic, disclosure(study, identifying), progress))


def _entries(study: "Study", synthetic: Synthetic, told: Disclosure, progress: Progress) -> Entries:
    count = len(synthetic.images)
    facts = {
        "made_from": told.details(synthetic.made_from),
        "count": count,
        "off_data": int(synthetic.off_data.sum()),
        "latent_size": synthetic.latents.shape[1],
        **synthetic.rendering.facts,
    }
    origin = provenance(study, told, "dicom", facts, columns=["id"], synthetic=count)
    yield Entry("README.txt", readme(_README, origin))
    digest, digits = _digest(study, synthetic), max(4, len(str(count)))
    lines = []
    for number in range(1, count + 1):
        uid, content = _instance(synthetic, number, digest)
        entry = Entry(f"synthetic/synthetic-{number:0{digits}d}.dcm", content)
        yield entry
        lines.append({"file": entry.name, "sha256": entry.sha256, "sop_instance_uid": uid})
        progress(number, count, "images")
    table = pd.DataFrame(lines).assign(
        nearest_row=synthetic.nearest_rows,
        nearest_image=told.image_names(synthetic.nearest_rows),
        cosine_distance=synthetic.nearest_distances,
        off_data=synthetic.off_data,
    )
    yield Entry("synthetic-images.csv", csv_pieces(table.assign(kind="synthetic")))
    yield Entry(PROVENANCE, json_bytes(origin))


def _digest(study: "Study", synthetic: Synthetic) -> str:
    """Return what UIDs are made of: the images and what decoded them."""
    digest = hashlib.sha256(f"{study.digest(study.model_step)} {synthetic.rendering}".encode())
    for array in (synthetic.latents, synthetic.images):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _instance(synthetic: Synthetic, number: int, digest: str) -> tuple[str, bytes]:
    """Return the SOP Instance UID and the file of one image."""
    from highdicom.sc import SCImage
    from pydicom.uid import generate_uid

    count, is_far = len(synthetic.images), bool(synthetic.off_data[number - 1])
    caption = synthetic_caption(synthetic.rendering, number, count, is_far=is_far)
    uid = str(generate_uid(entropy_srcs=[digest, "instance", str(number)]))
    image = SCImage(
        pixel_array=mark(synthetic.images[number - 1], caption),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        study_instance_uid=str(generate_uid(entropy_srcs=[digest, "study"])),
        series_instance_uid=str(generate_uid(entropy_srcs=[digest, "series"])),
        series_number=1,
        sop_instance_uid=uid,
        instance_number=number,
        manufacturer=_APP,
        manufacturer_model_name=_APP,
        software_versions=__version__,
        patient_id=_NOBODY,
        patient_name=f"{_NOBODY}^",
        series_description=f"{_NOBODY}: decoded by a model ({synthetic.rendering.kind})",
    )
    # A decoded image lies no way round a patient.
    image.PatientOrientation = []
    image.ConversionType = _SYNTHETIC_IMAGE
    image.BurnedInAnnotation = "YES"
    image.DerivationDescription = _derivation(synthetic.rendering)
    image.ImageComments = " ".join([*caption.split("\n"), "- no image of a real subject"])
    # It has the time of no capture, and so is the same whenever it is made.
    for keyword in _TIMES:
        delattr(image, keyword)
    for tool in image.ContributingEquipmentSequence:
        del tool.ContributionDateTime
    buffer = io.BytesIO()
    image.save_as(buffer, enforce_file_format=True)
    return uid, buffer.getvalue()


def _derivation(rendering: Rendering) -> str:
    how = f"{_NOBODY} image, decoded from a latent by {_APP} {__version__} ({rendering.words}); "
    how += "it was not acquired from any subject"
    return f"{how}; {INVENTED}" if rendering.kind == LIKELY else how
