"""Pretraining of an encoder with pseudo-class negatives, for segmentation from few labels."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cae.augment.aligned_views import aligned_views
from cae.errors import CaeError
from cae.latent.hierarchy import ward_classes
from cae.local.network import LocalNetworkSettings, VggEncoder
from cae.losses.masked_ntxent import masked_ntxent
from cae.model import to_tensor
from cae.networks.memory import channels_last
from cae.progress import Progress, silent
from cae.training.precision import fabric_for

_EMBEDDING = 64


@dataclass(frozen=True)
class EncoderSettings:
    """How to pretrain an encoder.

    Attributes:
        epochs: passes over the images.
        batch: images a step, at least 2.
        learning_rate: the highest of a cosine schedule of AdamW.
        temperature: τ of NT-Xent.
        pseudo_classes: number of them.
        preset: a key of `cae.augment.aligned_views.ALIGNED_PRESETS`.
        width: channels of the encoder's first stage.
        seed: of weights, order and views.
    """

    epochs: int = 10
    batch: int = 64
    learning_rate: float = 2e-3
    temperature: float = 0.5
    pseudo_classes: int = 20
    preset: str = "scanner"
    width: int = 16
    seed: int = 0


def pretrain_encoder(
    images: np.ndarray,
    features: np.ndarray,
    settings: EncoderSettings | None = None,
    progress: Progress = silent,
) -> VggEncoder:
    """Train an encoder to know images again, without negatives of the same pseudo-class.

    Pseudo-classes are found by hierarchical clustering of an autoencoder's features; the pooled
    last stage of the encoder is projected and contrasted between two views
    (arXiv 2211.08557).

    Args:
        images: uint8 (N, S, S, C), without labels; N ≥ 2.
        features: (N, d), an autoencoder's latents of these images.
        settings: how to train.
        progress: told of every step.

    Raises:
        CaeError: there are fewer than two images, or not as many features.
    """
    settings = settings or EncoderSettings()
    count = len(images)
    if count < 2 or len(features) != count:
        raise CaeError(
            f"There are {count} images and features of {len(features)}; give at least two images, "
            "and features of each."
        )
    torch.manual_seed(settings.seed)
    found = ward_classes(features, min(settings.pseudo_classes, count), settings.seed)
    classes, make_view = torch.from_numpy(found), aligned_views(settings.preset)
    encoder = VggEncoder(LocalNetworkSettings(images.shape[3], settings.width))
    width = encoder.widths[-1]
    head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, _EMBEDDING))
    both = channels_last(nn.ModuleList([encoder, head]))
    optimiser = torch.optim.AdamW(both.parameters(), settings.learning_rate)
    fabric = fabric_for("cpu")
    batches = max(1, count // settings.batch)
    steps = settings.epochs * batches
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        if step % batches == 0:
            order = torch.randperm(count).tensor_split(batches)
        rows = order[step % batches].sort().values
        seen = to_tensor(images[rows.numpy()])
        with torch.no_grad():
            views = torch.cat([make_view(seen)[0] for _ in range(2)])
        with fabric.autocast():
            pooled = encoder(views)[-1].mean((2, 3))
            embeddings = head(pooled).unflatten(0, (2, len(rows)))
        loss = masked_ntxent(embeddings, classes[rows], settings.temperature)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress(step + 1, steps, "steps")
    return encoder
