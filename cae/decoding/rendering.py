"""How latents become images: their mean decode, or an image that they make likely."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.errors import CaeError
from cae.progress import Progress
from cae.seed import require_seed
from cae.sharp.settings import FLOW_METHOD, FLOW_STEPS

if TYPE_CHECKING:
    from cae.study.study import Study

MEAN, LIKELY = "mean", "likely"
INVENTED = "what a likely image shows beyond the mean decode is invented"


@dataclass(frozen=True)
class Rendering:
    """How latents are shown.

    Attributes:
        kind: ``mean``, what a latent shows on average, or ``likely``, one image that it may be of.
        seed: of the noise that likely images begin with.
        steps: of the way to a likely image.
    """

    kind: str = MEAN
    seed: int = 0
    steps: int = FLOW_STEPS

    def __post_init__(self) -> None:
        """Raise `CaeError` where no image can be made so."""
        if self.kind not in (MEAN, LIKELY):
            raise CaeError(f"Images are not decoded as {self.kind!r}; use {MEAN} or {LIKELY}.")
        require_seed(self.seed)
        if not 1 <= self.steps <= 1000:
            raise CaeError(f"{self.steps} steps to a likely image are not offered; use 1 to 1000.")

    @property
    def words(self) -> str:
        """What images so made are called, in a few words."""
        return MEAN if self.kind == MEAN else f"{LIKELY}, seed {self.seed}"

    @property
    def beside_original(self) -> str:
        """What an image so made is called beside the one whose latent it shows."""
        return "reconstruction" if self.kind == MEAN else f"{self.words}: its detail is invented"

    @property
    def facts(self) -> dict[str, Any]:
        """What an export says of it, JSON-able."""
        if self.kind == MEAN:
            return {"decoded_as": MEAN}
        return {
            "decoded_as": LIKELY,
            "noise_seed": self.seed,
            "flow_steps": self.steps,
            "flow_method": FLOW_METHOD,
            "invented": INVENTED,
        }


AS_MEAN = Rendering()


def decoded_square(
    study: "Study", latents: np.ndarray, side: int, progress: Progress
) -> np.ndarray:
    """Return the mean decodes (uint8, (side², H, W, C)) of latents (side², d), line by line.

    Args:
        study: whose model decodes them.
        latents: float32, of the places of a square.
        side: places along an edge.
        progress: told of every line that is decoded.
    """
    decoded = []
    for line, part in enumerate(np.split(latents, side), start=1):
        decoded.append(study.model.decode(part))
        progress(line, side, "rows of places")
    return np.concatenate(decoded)


def render(
    study: "Study",
    latents: np.ndarray,
    rendering: Rendering,
    means: np.ndarray | None = None,
    apart: bool = False,
) -> np.ndarray:
    """Return the images (uint8, (N, H, W, C)) of latents (N, d), synthetic.

    Args:
        study: whose model decodes them.
        latents: float32, (N, d).
        rendering: how.
        means: uint8, (N, H, W, C), their mean decodes, where these are known already.
        apart: whether likely images have noises of their own, with the seeds from
            `rendering.seed` on, instead of one.

    Raises:
        CaeError: the study has no model, or no sharp decoder where likely images are asked for.
    """
    if means is None:
        means = study.model.decode(latents)
    if rendering.kind == MEAN:
        return means
    seeds = (rendering.seed + np.arange(len(latents))) if apart else rendering.seed
    return study.sharp_model.likely(latents, means, seeds, rendering.steps)
