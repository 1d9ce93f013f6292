"""Whether what lies between images is decoded into what it is meant to show."""

import numpy as np

from cae.study.study import Study

_PAIRS = 500


def path_figures(study: Study, rows: np.ndarray) -> dict[str, float | None]:
    """Return how alike decoded and meant latents are, JSON-able.

    All are mean cosines, −1 to 1, between latents and those of their decoded images, encoded again:
    in the semantic part, where the latent space has one, else in all of it.

    - ``image_cosine`` of the images themselves, the most that can be expected.
    - ``midpoint_cosine`` of the middles of the shortest ways between 500 pairs of them, drawn at
      random.
    - ``chance_cosine`` of the same middles with what other pairs meant: where latents lie close
      together, a decoder that always draws the same has this much.

    None without two images, and where no model of the study encodes images.

    Args:
        study: that is encoded.
        rows: of the images, such as those of the test split.

    Raises:
        CaeError: the study is not encoded, or its model is missing.
    """
    if len(rows) < 2 or not study.can_encode:
        return dict.fromkeys(("image_cosine", "midpoint_cosine", "chance_cosine"))
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
    images, middles = latents[np.unique(starts)], middles.astype(np.float32)
    again = _encoded_again(study, middles)
    return {
        "image_cosine": _mean_cosine(_encoded_again(study, images)[:, :size], images[:, :size]),
        "midpoint_cosine": _mean_cosine(again[:, :size], middles[:, :size]),
        "chance_cosine": _mean_cosine(np.roll(again, 1, axis=0)[:, :size], middles[:, :size]),
    }


def _encoded_again(study: Study, latents: np.ndarray) -> np.ndarray:
    """Return latents (N, d) of the images that latents (N, d) are decoded to."""
    return study.model.encode(study.model.decode(latents))


def _mean_cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean cosine between vectors (N, m) and others (N, m)."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines = (first * second).sum(axis=1) / np.maximum(lengths, np.finfo(np.float64).tiny)
    return float(cosines.mean())
