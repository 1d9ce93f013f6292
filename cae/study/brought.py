"""Latents that came from elsewhere, such as a foundation model's embeddings, for a study's images.

They take the place of what a model of the study would encode: map, clusters, neighbours and cohorts
follow from them at once. What was done to them is noted with the step ``encode``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cae.errors import CaeError
from cae.latent.scaling import AUTO, SCALINGS, STANDARD, scaled
from cae.progress import Progress, silent
from cae.sources.vectors import read_vectors
from cae.storage import sha256_file, write_array
from cae.study.study import Study

# By what a file may name images, beside their ids.
_OTHER_NAMES = ("file", "path", "image")


@dataclass(frozen=True)
class Brought:
    """A file of vectors, and how they are to be scaled.

    Attributes:
        path: npy, npz, Parquet, CSV or TSV.
        scaling: one of `SCALINGS`.
        components: how many principal components to keep; 0 keeps all numbers.
    """

    path: Path
    scaling: str = AUTO
    components: int = 0

    def __post_init__(self) -> None:
        if self.scaling not in SCALINGS:
            raise CaeError(
                f"There is no scaling {self.scaling[:60]!r}; choose one of {', '.join(SCALINGS)}."
            )
        if self.components < 0 or self.components == 1:
            raise CaeError(
                f"{self.components} principal components make no latents; use 2 or more, or 0 for "
                "all numbers."
            )


def bring_latents(study: Study, brought: Brought, progress: Progress = silent) -> None:
    """Take vectors of a file for the latents of a study's images.

    Means, spreads and components are learnt from training images. The study's model, if any,
    stays, but the latents are not of it any more.

    Raises:
        CaeError: the file does not fit the images, see `read_vectors`, or another process works on
            the study. The study is then as it was.
    """
    with study.working():
        progress(0, 1)
        vectors = read_vectors(brought.path, _names_of(study))
        found = scaled(
            vectors.array, study.rows("train"), brought.scaling, brought.components, study.seed
        )
        note = {
            **_asked(brought),
            "numbers": vectors.array.shape[1],
            "scaling": found.scaling,
            "reason": found.reason,
            "notes": list(vectors.notes),
        }
        with study.step("encode", {"brought": note}, needs=("import",)) as files:
            write_array(files.add("latents.npy"), found.array)
        progress(1, 1)


def holds(study: Study, brought: Brought) -> bool:
    """Whether a study's latents are of that very file, scaled as asked, for its present images."""
    noted = study.brought
    if noted is None or not study.is_current("encode"):
        return False
    return all(noted[name] == value for name, value in _asked(brought).items())


def is_fitted(study: Study) -> bool:
    """Whether a study's latents came from elsewhere and follow from which images are to train on.

    So do means, spreads and components, and what ``auto`` chose.
    """
    noted = study.brought
    return noted is not None and (
        noted["asked"] == AUTO or noted["scaling"] == STANDARD or noted["components"] > 0
    )


def told(study: Study) -> str:
    """Return in words where a study's latents came from; empty where a model encoded them."""
    noted = study.brought
    if noted is None:
        return ""
    parts = [f"{noted['numbers']:,} numbers per image from {noted['file']}"]
    if noted["components"]:
        parts.append(f"{noted['components']:,} principal components of them")
    parts.append({"unit": "unit length", "standard": "standardised"}.get(noted["scaling"], "as is"))
    return ", ".join(parts)


def _asked(brought: Brought) -> dict[str, Any]:
    path = brought.path.expanduser()
    if not path.is_file():
        raise CaeError(f"There is no file {path}; check its name and folder.")
    return {
        "file": path.name,
        "sha256": sha256_file(path),
        "asked": brought.scaling,
        "components": brought.components,
    }


def _names_of(study: Study) -> list[list[str]]:
    """Return what the images are called, ids first."""
    samples = study.samples
    others = [name for name in _OTHER_NAMES if name in samples and samples[name].notna().all()]
    return [samples[name].astype(str).tolist() for name in ("id", *others)]
