"""Segmentation learnt from few labelled images, from scratch or from a pretrained encoder."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cae.augment.aligned_views import aligned_views
from cae.errors import CaeError
from cae.local.network import LocalNetwork, LocalNetworkSettings, VggEncoder
from cae.losses.dice import dice_loss
from cae.model import to_tensor
from cae.progress import Progress, silent

_AT_ONCE = 128


@dataclass(frozen=True)
class TransferSettings:
    """How to learn masks from few images.

    Attributes:
        steps: of the optimiser, each on one batch of views.
        batch: views a step, drawn from the labelled images.
        learning_rate: of Adam.
        preset: a key of `cae.augment.aligned_views.ALIGNED_PRESETS`.
        width: channels of the first stage where nothing is pretrained.
        seed: of weights and views.
    """

    steps: int = 150
    batch: int = 8
    learning_rate: float = 2e-3
    preset: str = "scanner"
    width: int = 16
    seed: int = 0


class Segmenter:
    """Says of every pixel how surely it belongs to each structure."""

    def __init__(self, network: LocalNetwork, count: int) -> None:
        """Use the first `count` maps of a trained network."""
        self.network, self.count = network, count

    def masks(self, images: np.ndarray) -> np.ndarray:
        """Return the masks, bool (N, H, W, M), of uint8 images (N, H, W, C)."""
        self.network.eval()
        parts = []
        for start in range(0, len(images), _AT_ONCE):
            with torch.inference_mode():
                scores = _scores(self.network, to_tensor(images[start : start + _AT_ONCE]))
            parts.append((scores[:, : self.count] > 0).permute(0, 2, 3, 1).numpy())
        return np.concatenate(parts)


def learn_masks(
    images: np.ndarray,
    masks: np.ndarray,
    pretrained: VggEncoder | None = None,
    settings: TransferSettings | None = None,
    progress: Progress = silent,
) -> Segmenter:
    """Train a segmentation network on a few labelled images (arXiv 2108.09440, transfer).

    Its encoder begins with the weights of `pretrained`, all else as drawn; views are moved
    together with their masks. The loss is soft Dice and binary cross entropy.

    Args:
        images: uint8 (N, H, W, C), the labelled images.
        masks: (N, H, W, M), 0 outside and 255 (or True) inside each of M structures.
        pretrained: an encoder trained on such images, a local model's or that of
            `cae.local.pseudo_class_encoder`; None trains from scratch.
        settings: how to train.
        progress: told of every step.

    Raises:
        CaeError: there is no image, masks do not fit, or the encoder takes other images.
    """
    settings = settings or TransferSettings()
    if len(images) == 0 or masks.shape[:3] != images.shape[:3]:
        raise CaeError(
            f"There are images of shape {images.shape} and masks of {masks.shape}; give at least "
            "one image, and a mask of its size for each."
        )
    if pretrained and pretrained.settings.channels != images.shape[3]:
        raise CaeError(
            f"The encoder takes images of {pretrained.settings.channels} channels, but these "
            f"have {images.shape[3]}; use one of such images."
        )
    torch.manual_seed(settings.seed)
    width = pretrained.settings.width if pretrained else settings.width
    network = LocalNetwork(
        LocalNetworkSettings(images.shape[3], width, regions=max(2, masks.shape[3]))
    )
    # Region maps begin low to compete with each other; masks stand alone.
    network.region.reset_parameters()
    if pretrained:
        network.encoder.load_state_dict(pretrained.state_dict())
    optimiser = torch.optim.Adam(network.parameters(), settings.learning_rate)
    views, inputs = aligned_views(settings.preset), to_tensor(images)
    wanted = to_tensor(np.asarray(masks, bool).astype(np.uint8) * np.uint8(255))
    network.train()
    for step in range(settings.steps):
        rows = torch.randint(len(inputs), (settings.batch,))
        seen, layout = views(inputs[rows])
        target = layout.apply(wanted[rows])
        scores = _scores(network, seen)[:, : masks.shape[3]]
        loss = dice_loss(torch.sigmoid(scores), target)
        loss = loss + functional.binary_cross_entropy_with_logits(scores, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        progress(step + 1, settings.steps, "steps")
    return Segmenter(network, masks.shape[3])


def _scores(network: LocalNetwork, images: Tensor) -> Tensor:
    """Return the logits (N, M, H, W) of images (N, C, H, W)."""
    height, width = images.shape[2:]
    scores: Tensor = network.region(network.last_step(*network.coarse(images)))
    return scores[..., :height, :width]
