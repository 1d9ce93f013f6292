"""A trained sharp decoder: from mean decodes to images that are likely, arrays to arrays."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import torch
from torch import Tensor, nn

from cae.errors import CaeError
from cae.model import to_tensor
from cae.model_files import (
    Versioned,
    load_weights,
    network_of,
    read_description,
    require_weights,
    write_model,
)
from cae.networks.device import best_device, device_of
from cae.networks.memory import channels_last
from cae.networks.velocity import VelocityNetwork, VelocitySettings, usual_levels
from cae.sharp.method import PosteriorMeanFlow
from cae.sharp.settings import FLOW_STEPS, SharpSettings

if TYPE_CHECKING:
    from cae.model import Model

_FORMAT_VERSION = 1
# Pixels at once; 64 images of 64×64.
_CHUNK_PIXELS = 2**18
_LEAST_SPREAD = 1e-6


class _Description(Versioned):
    network: dict[str, Any]
    scale: float
    noise: float
    settings: dict[str, Any]


class SharpModel:
    """Invents what mean decodes lack, so that each looks like an image of the set.

    The same seed gives the same noise, whatever else is decoded beside: along a path frames then
    change only where latents do.
    """

    def __init__(
        self, network: VelocityNetwork, settings: VelocitySettings, scale: float, noise: float
    ) -> None:
        """Take over a network.

        Args:
            network: trained, or untrained.
            settings: its shape.
            scale: root mean square of what mean decodes miss, 0–1.
            noise: spread of the noise at the start, in units of `scale`.
        """
        self.network, self.settings = channels_last(network.eval()), settings
        self.scale, self.noise = scale, noise

    def likely(
        self,
        latents: np.ndarray,
        means: np.ndarray,
        seed: int | np.ndarray,
        steps: int = FLOW_STEPS,
    ) -> np.ndarray:
        """Return one likely image for each latent.

        From the mean decode with noise (Ohayon et al. 2025, algorithm 2), by the midpoint method
        instead of Euler's: with as much work it follows the flow far more closely, so that less
        detail is lost on the way.

        Args:
            latents: (N, d).
            means: uint8, (N, S, S, C), what the decoder makes of them.
            seed: of the noise, 0 or more: one for all, or one for each, int (N,).
            steps: of the way, 1 or more; more are slower and closer to what was learnt. Each asks
                the network twice.

        Returns:
            uint8, (N, S, S, C), synthetic.

        Raises:
            CaeError: latents or means do not fit the model.
        """
        self._check(latents, means)
        seeds = np.broadcast_to(seed, len(latents))
        images = np.empty_like(means)
        size, device = max(1, _CHUNK_PIXELS // self.settings.image_size**2), device_of(self.network)
        for start in range(0, len(latents), size):
            chunk = slice(start, min(start + size, len(latents)))
            of_chunk = torch.from_numpy(np.array(latents[chunk], np.float32)).to(device)
            shown = to_tensor(means[chunk]).to(device)
            with torch.inference_mode():
                found = self._flown(of_chunk, shown, self._noise(seeds[chunk]).to(device), steps)
            images[chunk] = found.mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        return images

    def _noise(self, seeds: np.ndarray) -> Tensor:
        size, channels = self.settings.image_size, self.settings.channels
        shape, drawn = (channels, size, size), {}
        for seed in np.unique(seeds).tolist():
            drawn[seed] = np.random.default_rng(seed).standard_normal(shape, np.float32)
        return torch.from_numpy(self.noise * np.stack([drawn[seed] for seed in seeds.tolist()]))

    def _flown(self, latents: Tensor, means: Tensor, noise: Tensor, steps: int) -> Tensor:
        points = noise
        for step in range(steps):
            start, middle = (
                torch.full((len(means),), (step + at) / steps, device=means.device)
                for at in (0, 0.5)
            )
            halfway = points + self.network(points, means, start, latents) / (2 * steps)
            points = points + self.network(halfway, means, middle, latents) / steps
        return (means + self.scale * points).clamp(0, 1)

    def _check(self, latents: np.ndarray, means: np.ndarray) -> None:
        size, channels = self.settings.image_size, self.settings.channels
        shapes = (len(latents), self.settings.latent), (len(latents), size, size, channels)
        if (latents.shape, means.shape) != shapes:
            raise CaeError(
                f"The sharp decoder takes latents and images of {shapes[0]} and {shapes[1]}, but "
                f"these are {latents.shape} and {means.shape}; sharpen the study anew."
            )

    def save(self, folder: Path, settings: SharpSettings) -> None:
        """Write weights as safetensors, convolutions in 16 bits, and the configuration as JSON."""
        description = {
            "format": _FORMAT_VERSION,
            "network": self.settings.to_dict(),
            "scale": self.scale,
            "noise": self.noise,
            "settings": settings.to_dict(),
        }
        weights = self.network.state_dict()
        compact = {name: one.half() if one.ndim == 4 else one for name, one in weights.items()}
        write_model(folder, compact, description)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a sharp decoder that `save` wrote.

        Raises:
            CaeError: a file is missing or damaged, or was written by a newer version.
        """
        description = read_description(folder, _FORMAT_VERSION, _Description)
        shape = network_of(VelocitySettings, description["network"], folder)
        require_weights(folder, lambda: VelocityNetwork(shape))
        network = VelocityNetwork(shape)
        load_weights(network, folder)
        network.to(best_device())
        return cls(network, shape, description["scale"], description["noise"])


class SharpTraining:
    """A sharp decoder as the training loop sees it."""

    def __init__(
        self,
        module: PosteriorMeanFlow,
        moves: nn.Module,
        shape: VelocitySettings,
        how: SharpSettings,
    ) -> None:
        self.module, self.moves = module, moves
        self._shape, self._how = shape, how

    @classmethod
    def untrained(
        cls,
        images: np.ndarray,
        latents: np.ndarray,
        rows: np.ndarray,
        model: "Model",
        settings: SharpSettings,
    ) -> Self:
        """Return an untrained sharp decoder.

        Where the model encodes, images are moved while training, as they are while it is trained
        itself: what it decodes of the same few again and again is nearer to them than what it
        decodes of new ones, which likely images are to be of. Latents that came from elsewhere are
        known of images as they are alone.

        Args:
            images: uint8, (N, S, S, C); may be memory-mapped.
            latents: (N, d), of the images.
            rows: of training images, from which scales are taken.
            model: whose mean decodes are to be sharpened.
            settings: how to train.
        """
        size, channels = images.shape[1], images.shape[3]
        latent, levels = latents.shape[1], usual_levels(size)
        shape = VelocitySettings(size, channels, latent, settings.width, levels)
        network = VelocityNetwork(shape)
        shown = np.asarray(latents[rows], np.float32)
        network.latent_mean.copy_(torch.from_numpy(shown.mean(0)))
        spread = np.maximum(shown.std(0), _LEAST_SPREAD)
        network.latent_spread.copy_(torch.from_numpy(spread))
        missed = images[rows].astype(np.float32) - model.decode(shown)
        scale = max(float(np.sqrt((missed**2).mean())) / 255, 1 / 255)
        trained: Any = model.module.eval().requires_grad_(False)
        channels_last(network)

        # The model is no part of what is trained, and so stays where it was loaded.
        def decode(latents: Tensor) -> Tensor:
            shown: Tensor = trained.decode(latents.to(device_of(trained)))
            return shown.to(latents.device)

        def encoded(images: Tensor, latents: Tensor) -> Tensor:
            found: Tensor = trained.encode(images.to(device_of(trained)))
            return found.to(latents)

        def given(images: Tensor, latents: Tensor) -> Tensor:
            return latents

        latents_of = encoded if model.has_encoder else given
        moves = model.moves if model.has_encoder else nn.Identity()
        flow = PosteriorMeanFlow(network, latents_of, decode, settings, scale)
        return cls(flow, moves, shape, settings)

    @property
    def augmentation(self) -> nn.Module:
        """Views for the training loop: none, as latents are of images as they are."""
        return nn.Identity()

    def save(self, folder: Path) -> None:
        """Write the sharp decoder with the running mean of the weights."""
        network = cast(VelocityNetwork, self.module.running_mean.module)
        model = SharpModel(network, self._shape, float(self.module.scale), self._how.noise)
        model.save(folder, self._how)
