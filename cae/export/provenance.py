"""Where a cohort comes from: what to save with it, and what to tell with its export."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cae.cohorts.store import Cohort
from cae.export.redaction import Redaction
from cae.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from cae.study.study import Study

_DIGESTS = {"images_digest": "import", "latents_digest": "encode", "projection_digest": "project"}
_MISSING = "(missing)"


def study_digests(study: "Study") -> dict[str, str]:
    """Return the study's present digests, to be saved with a cohort.

    Example:
        ``study.cohorts.save("outliers", selection, **study_digests(study))``
    """
    return {name: study.digest(step) for name, step in _DIGESTS.items()}


def identified_origin(study: "Study") -> dict[str, Any]:
    """Return version, time, study and steps that an export comes from, as JSON-able values."""
    return {
        "app": "CAE Explorer",
        "version": __version__,
        "exported_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "study": {
            "name": study.name,
            "source": study.manifest["source"],
            "credit": study.manifest["credit"],
            "created_utc": study.manifest["created"],
            "seed": study.seed,
            "images": len(study),
            "method": study.method,
            "model_hash": study.digest("train"),
        },
        "steps": {step: _step(study, step) for step in study.manifest["steps"]},
    }


def anonymous_origin(study: "Study", redaction: Redaction) -> dict[str, Any]:
    """Return `identified_origin` without what may tell who a patient is, or local paths."""
    origin = identified_origin(study)
    told = origin["study"]
    told["name"] = redaction.text(told["name"])
    told["source"] = redaction.source(told["source"])
    for step in origin["steps"].values():
        step["parameters"] = redaction.parameters(step["parameters"])
    return origin


def identified_provenance(study: "Study", cohort: Cohort) -> dict[str, Any]:
    """Return everything known about how `cohort` came about, as JSON-able values."""
    now = study_digests(study)
    return {
        **identified_origin(study),
        "cohort": {
            "name": cohort.name,
            "note": cohort.note,
            "created_utc": cohort.created,
            "saved_with_version": cohort.provenance.get("app_version", ""),
            "history": list(cohort.history),
            "filters": cohort.provenance.get("filters", {}),
            "changed_since_saved": [
                name
                for name, digest in now.items()
                if cohort.provenance.get(name, digest) != digest
            ],
        },
        "counts": _counts(study, cohort),
        "columns_left_out": [],
    }


def anonymous_provenance(study: "Study", cohort: Cohort) -> dict[str, Any]:
    """Return `identified_provenance` without what may tell who a patient is, or local paths."""
    redaction = Redaction(study)
    provenance = {**identified_provenance(study, cohort), **anonymous_origin(study, redaction)}
    told = provenance["cohort"]
    told["name"], told["note"] = redaction.text(told["name"]), redaction.text(told["note"])
    for part in ("history", "filters"):
        told[part] = redaction.details(told[part])
    left_out = [column for column in study.samples if column in study.identifying]
    provenance["columns_left_out"] = left_out
    for column in left_out:
        provenance["counts"].pop(f"by_{column}", None)
    return provenance


def _step(study: "Study", step: str) -> dict[str, Any]:
    entry = study.manifest["steps"][step]
    return {
        "state": entry["state"],
        "current": study.is_current(step),
        "finished_utc": entry.get("finished"),
        "parameters": entry["parameters"],
        "checkpoint": entry.get("checkpoint"),
        "versions": entry.get("versions", {}),
        "sha256": {name: file["sha256"] for name, file in entry.get("files", {}).items()},
    }


def _counts(study: "Study", cohort: Cohort) -> dict[str, Any]:
    samples = study.samples.iloc[cohort.rows]
    counts: dict[str, Any] = {"images": len(samples)}
    for column in ("split", "label"):
        counts[f"by_{column}"] = _tally(samples[column])
    if study.is_done("cluster"):
        counts["by_cluster"] = _tally(study.clusters["cluster"].iloc[cohort.rows])
    return counts


def _tally(values: "pd.Series") -> dict[str, int]:
    counted = values.value_counts(dropna=True).sort_index()
    tally = {str(value): int(count) for value, count in counted.items()}
    if missing := int(values.isna().sum()):
        tally[_MISSING] = missing
    return tally
