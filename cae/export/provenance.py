"""Where an export comes from, told alike by every kind; and what is kept with a cohort."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cae.export.redaction import PSEUDONYM, Disclosure
from cae.study.study import pretrained_origin
from cae.version import __version__

if TYPE_CHECKING:
    from cae.study.study import Study

PROVENANCE = "provenance.json"
_FORMAT = 1
# Cohorts keep the digest of the import under the name that the first version gave it.
_DIGESTS = {"images_digest": "import", "latents_digest": "encode", "projection_digest": "project"}
_HASHES = {
    "images_hash": "import",
    "latents_hash": "encode",
    "sharp_decoder_hash": "sharpen",
    "local_model_hash": "local",
}
BURNED_IN = "text that is burned into images is not removed"
_ABOUT_PSEUDONYMS = (
    f"{PSEUDONYM} stands for the patient: images with the same one are of one person. It was made "
    "with a secret salt that is not in this archive."
)
_NO_SUBJECTS = "synthetic images are decoded by a model; they are not images of real subjects"


def study_digests(study: "Study") -> dict[str, str]:
    """Return the study's present digests, to be saved with a cohort.

    Example:
        ``study.cohorts.save("outliers", selection, **study_digests(study))``
    """
    return {name: study.digest(step) for name, step in _DIGESTS.items()}


def provenance(
    study: "Study",
    told: Disclosure,
    kind: str,
    facts: dict[str, Any],
    *,
    columns: Sequence[str] = (),
    real: int = 0,
    synthetic: int = 0,
) -> dict[str, Any]:
    """Return what ``provenance.json`` tells of an export, as JSON-able values.

    All kinds have the same keys but for one, `kind`, which holds `facts`. When an export was made
    is not told, so that it is the same whenever it is made again; its file has a time.

    Args:
        study: that the export comes from.
        told: what may be told of it.
        kind: of the export: cohort, path, samples, spread, dicom, masks, landmarks, outlines,
            survival, table_one or flow.
        facts: of this kind, JSON-able and told already as far as they may be.
        columns: those of the study's samples that the export holds where they may be told.
        real: how many images of the study it holds.
        synthetic: how many decoded images it holds.
    """
    return {
        "format": _FORMAT,
        "app": "CAE Explorer",
        "version": __version__,
        "kind": kind,
        "images": {"real": real, "synthetic": synthetic, "remark": _NO_SUBJECTS},
        "columns_exported": [name for name in columns if name not in told.left_out],
        "columns_left_out": list(told.left_out),
        "burned_in_text": BURNED_IN,
        "study": _study(study, told),
        "steps": {step: _step(study, told, step) for step in study.manifest["steps"]},
        kind: facts,
    }


def readme(text: str, origin: dict[str, Any]) -> bytes:
    """Return the README of an archive: `text`, and which columns left and which did not."""
    exported, left_out = origin["columns_exported"], origin["columns_left_out"]
    lines = [
        f"Columns of the study's table in this archive: {', '.join(exported) or 'none'}.",
        f"Columns left out, as they may tell who a patient is: {', '.join(left_out) or 'none'}.",
        f"Attention: {BURNED_IN}.",
    ]
    if PSEUDONYM in exported:
        lines.insert(2, _ABOUT_PSEUDONYMS)
    wrapped = "\n".join(textwrap.fill(line, 96, break_long_words=False) for line in lines)
    return f"{text}\nPrivacy\n-------\n\n{wrapped}\n".encode("utf-8", "replace")


def picture_facts(origin: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a provenance that one picture of many carries: study and `kind`."""
    return {"study": origin["study"], **origin[origin["kind"]]}


def _study(study: "Study", told: Disclosure) -> dict[str, Any]:
    return {
        "name": told.study_name(),
        "source": told.source(study.manifest["source"]),
        "credit": told.text(study.manifest["credit"]),
        "created_utc": study.manifest["created"],
        "seed": study.seed,
        "images": len(study),
        "choices": told.parameters(study.choices),
        "columns_from": {
            name: told.text(str(origin))
            for name, origin in study.origins.items()
            if name not in told.left_out
        },
        "columns_changed": [_revised(note, told) for note in study.revised],
        "appended": [_appended(note, told) for note in study.appended],
        "method": study.method,
        "model_hash": study.digest(study.model_step),
        **{name: study.digest(step) for name, step in _HASHES.items()},
    }


def _appended(note: dict[str, Any], told: Disclosure) -> dict[str, Any]:
    """Return when and from where images were added, and which rows they are."""
    return {
        "source": told.source(note["source"]),
        "first_row": note["first_row"],
        "images": note["images"],
        "appended_utc": note["appended"],
        "versions": note["versions"],
    }


def _revised(note: dict[str, Any], told: Disclosure) -> dict[str, Any]:
    """Return when label, patient or split were taken from other columns, and from which."""
    return {
        "choices": told.parameters(note["choices"]),
        "changed_utc": note["changed"],
        "versions": note["versions"],
    }


def _step(study: "Study", told: Disclosure, step: str) -> dict[str, Any]:
    entry = study.manifest["steps"][step]
    return {
        "state": entry["state"],
        "current": study.is_current(step),
        "finished_utc": entry.get("finished"),
        "parameters": told.parameters(entry["parameters"]),
        "pretrained": told.details(pretrained_origin(entry) or None),
        "versions": entry.get("versions", {}),
        "sha256": {name: file["sha256"] for name, file in entry.get("files", {}).items()},
    }
