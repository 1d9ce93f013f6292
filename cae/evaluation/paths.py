"""Whether what lies between images is decoded into what it is meant to show."""

import numpy as np

from cae.study.study import Study

_PAIRS = 500


def path_figures(study: Study, rows: np.ndarray) -> dict[str, float | None]:
    """Return how alike decoded and meant latents are, JSON-able.

    Both are the mean cosine, −1 to 1, between latents and those of their decoded images, encoded
    again: in the semantic part, where the latent space has one, else in all of it.

    - ``image_cosine`` of the images themselves, the most that can be expected.
    - ``midpoint_cosine`` of the middles of the shortest ways between 500 pairs of them, drawn at
      random.

    None without two images, and where no model of the study encodes images.

    Args:
        study: that is encoded.
        rows: of the images, such as those of the test split.

    Raises:
        CaeError: the study is not encoded, or its model is missing.
    """
    if len(rows) < 2 or not study.can_encode:
        return {"image_cosine": None, "midpoint_cosine": None}
    random = np.random.default_rng(study.seed)
    starts = random.integers(len(rows), size=_PAIRS)
    ends = (starts + random.integers(1, len(rows), size=_PAIRS)) % len(rows)
    latents, space = np.asarray(study.latents[rows]), study.latent_space
    half = np.array([0.5])
    middles = np.concatenate(
        [
            space.between(latents[start], latents[end], half)
            for start, end in zip(starts, ends, strict=True)
        ]
    )
    size = space.semantic or latents.shape[1]
    return {
        "image_cosine": _cosine(study, latents[np.unique(starts)], size),
        "midpoint_cosine": _cosine(study, middles.astype(np.float32), size),
    }


def _cosine(study: Study, latents: np.ndarray, size: int) -> float:
    """Return the mean cosine between the first numbers of latents (N, d) and of their decodes."""
    again = study.model.encode(study.model.decode(latents))[:, :size].astype(np.float64)
    meant = latents[:, :size].astype(np.float64)
    lengths = np.linalg.norm(again, axis=1) * np.linalg.norm(meant, axis=1)
    cosines = (again * meant).sum(axis=1) / np.maximum(lengths, np.finfo(np.float64).tiny)
    return float(cosines.mean())
