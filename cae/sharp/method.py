"""Posterior-mean rectified flow: from what a latent shows on average to what it may have been."""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from cae.losses.rectified_flow import rectified_flow_loss
from cae.methods.method import Losses, Method
from cae.methods.settings import TrainingSettings
from cae.networks.velocity import VelocityNetwork
from cae.sharp.settings import SharpSettings

# The running mean spans a tenth of the steps so far where these are few.
_STEPS_BEFORE_MEAN = 10


class PosteriorMeanFlow(Method[SharpSettings]):
    """A flow from the mean decode, with some noise, to the image itself, given its latent.

    Ohayon, Michaeli & Elad, ICLR 2025 (arXiv 2410.00418). All is measured in units of `scale`, the
    root mean square of what the mean decode misses: there the flow goes from noise to unit spread.
    Where it is trained it uses the weights, else their running mean.
    """

    title: ClassVar[str] = "Sharp decoder"
    sentence: ClassVar[str] = "Learns what images have that their mean decodes lack."
    Settings: ClassVar[type[TrainingSettings]] = SharpSettings

    scale: Tensor

    def __init__(
        self,
        network: VelocityNetwork,
        latents_of: Callable[[Tensor, Tensor], Tensor],
        decode: Callable[[Tensor], Tensor],
        settings: SharpSettings,
        scale: float,
    ) -> None:
        """Set up an untrained flow.

        Args:
            network: says the velocities.
            latents_of: maps images (N, C, S, S) in 0–1, which may have been moved, and the latents
                (N, d) that they had before to their latents; nothing of it is learnt.
            decode: maps latents (N, d) to mean decodes (N, C, S, S) in 0–1; nothing of it is
                learnt.
            settings: how to train.
            scale: root mean square of what mean decodes miss, 0–1.
        """
        super().__init__()
        self.network = network
        self.latents_of, self.decode = latents_of, decode
        self.noise = settings.noise
        self.decay = settings.decay
        self.register_buffer("scale", torch.tensor(scale))
        self.running_mean = AveragedModel(network, avg_fn=self._averaged)
        self.running_mean.requires_grad_(False)

    def forward(
        self, images: Tensor, views: Tensor, groups: Tensor, features: Tensor | None = None
    ) -> Losses:
        """Return the loss of one step; `features` (N, d) are latents of the images before they
        were moved, see `Method.forward`.
        """
        if features is None:
            raise TypeError("A flow from mean decodes needs latents.")
        with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
            latents = self.latents_of(images, features)
            means = self.decode(latents)
        missed = (images - means) / self.scale
        noise = self.noise * torch.randn_like(images)
        time = torch.rand(len(images), device=images.device)
        network = self.network if self.training else self.running_mean

        def velocity(points: Tensor, time: Tensor) -> Tensor:
            found: Tensor = network(points, means, time, latents)
            return found

        return {"flow": rectified_flow_loss(velocity, noise, missed, time)}

    def step_done(self) -> None:
        """Let the running mean follow the weights."""
        self.running_mean.update_parameters(self.network)

    def _averaged(self, mean: Tensor, weight: Tensor, steps: Tensor | int) -> Tensor:
        decay = min(self.decay, (1 + int(steps)) / (_STEPS_BEFORE_MEAN + int(steps)))
        return torch.lerp(weight, mean, decay)
