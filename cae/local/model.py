"""A trained local model with its configuration, from arrays to arrays."""

from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.augment.aligned_views import ALIGNED_PRESETS
from cae.errors import CaeError
from cae.local.network import LocalNetworkSettings, VggEncoder
from cae.local.published import PublishedLocalDiscrimination
from cae.local.regions import region_labels
from cae.local.settings import LocalSettings, PublishedSettings
from cae.methods import method_named, read_settings
from cae.model import to_tensor
from cae.model_files import (
    Description,
    load_weights,
    network_of,
    read_description,
    require_weights,
    write_model,
)
from cae.networks.device import best_device, device_of
from cae.networks.memory import channels_last
from cae.progress import Progress, silent

_FORMAT_VERSION = 2
# Pixels at once; 256 images of 64×64.
_CHUNK_PIXELS = 2**20


class PixelMaps(NamedTuple):
    """What a local model says of every pixel.

    Attributes:
        embeddings: float32, (N, H, W, d), of unit length.
        regions: float32, (N, H, W, K), 0–1, of sum 1: the share of each region.
        labels: uint8, (N, H, W), the region each pixel mostly belongs to, of `region_labels`.
    """

    embeddings: np.ndarray
    regions: np.ndarray
    labels: np.ndarray


class LocalModel:
    """Embeds every pixel and says to which region it belongs."""

    def __init__(
        self,
        network: LocalNetworkSettings,
        settings: PublishedSettings,
        shapes: np.ndarray | None = None,
    ) -> None:
        """Build an untrained model; `shapes` are uint8 example masks (M, H, W) for region 0."""
        self.network = network
        self.settings = settings
        examples = None if shapes is None else to_tensor(shapes[..., None])
        method: Any = method_named(settings.method)
        self.module: PublishedLocalDiscrimination = method(network, settings, examples)
        channels_last(self.module)

    @classmethod
    def for_images(
        cls, images: np.ndarray, settings: PublishedSettings, shapes: np.ndarray | None = None
    ) -> Self:
        """Build an untrained model that fits images (N, S, S, C).

        Raises:
            CaeError: the images are no squares, which turned views must be.
        """
        _, height, width, channels = images.shape
        if height != width:
            raise CaeError(f"Images are {width}×{height} px, but turned views need squares.")
        network = LocalNetworkSettings(
            channels, settings.width, settings.embedding, settings.regions
        )
        return cls(network, settings, shapes)

    @property
    def moves(self) -> nn.Module:
        """What moves images of the training loop: nothing, as the method moves its views."""
        return nn.Identity()

    @property
    def augmentation(self) -> nn.Module:
        """Views for the training loop: none, as the method makes its own."""
        return nn.Identity()

    @property
    def encoder(self) -> VggEncoder:
        """The encoder, from which segmentation of few labelled images can begin."""
        return self.module.network.encoder

    @property
    def has_moves(self) -> bool:
        """Whether it learnt to say the same of mirrored and turned images."""
        return ALIGNED_PRESETS[self.settings.preset].moves

    def pixels(self, images: np.ndarray, progress: Progress = silent) -> PixelMaps:
        """Return embeddings and regions of every pixel of images.

        Where the model learnt to say the same of mirrored images, regions are the mean of what it
        says of an image and of its mirror image, as is usual in segmentation (Isensee et al. 2021).

        Args:
            images: uint8, (N, H, W, C).
            progress: told of every chunk.

        Raises:
            CaeError: the images have another number of channels than the model's.
        """
        self._check(images)
        count, height, width, _ = images.shape
        embeddings = np.empty((count, height, width, self.network.embedding), np.float32)
        regions = np.empty((count, height, width, self.network.regions), np.float32)
        labels = np.empty((count, height, width), np.uint8)
        families = self.module.network.families.cpu().numpy()
        step, device = max(1, _CHUNK_PIXELS // (height * width)), device_of(self.module.network)
        self.module.eval()
        for start in range(0, count, step):
            chunk = slice(start, min(start + step, count))
            with torch.inference_mode():
                shown = to_tensor(images[chunk]).to(device)
                found = self.module.network(shown)
                maps = found.maps
                if self.has_moves:
                    maps = (maps + self.module.network(shown.flip(3)).maps.flip(3)) / 2
            embeddings[chunk] = found.embeddings.permute(0, 2, 3, 1).cpu().numpy()
            regions[chunk] = maps.permute(0, 2, 3, 1).cpu().numpy()
            labels[chunk] = region_labels(regions[chunk], families)
            progress(chunk.stop, count, "images")
        return PixelMaps(embeddings, regions, labels)

    def embeddings(self, images: np.ndarray) -> np.ndarray:
        """Return what `pixels` says of the embeddings alone, of all images at once.

        Args:
            images: uint8, (N, H, W, C).

        Returns:
            float32, (N, H, W, d), of unit length.

        Raises:
            CaeError: the images have another number of channels than the model's.
        """
        self._check(images)
        self.module.eval()
        with torch.inference_mode():
            shown = to_tensor(images).to(device_of(self.module.network))
            found = self.module.network(shown).embeddings
        embeddings: np.ndarray = found.permute(0, 2, 3, 1).cpu().numpy()
        return embeddings

    def patches(self, images: np.ndarray) -> np.ndarray:
        """Return what an image shows patch by patch, as one vector: its local latent.

        Args:
            images: uint8, (N, H, W, C).

        Returns:
            float32, (N, grid²·d), the embeddings of patches from the upper left line by line, each
            of unit length as in training.

        Raises:
            CaeError: the images have another number of channels than the model's.
        """
        embeddings = torch.from_numpy(self.embeddings(images)).permute(0, 3, 1, 2)
        on_device = embeddings.to(device_of(self.module.network))
        pooled = functional.normalize(self.module.patches(on_device), dim=1)
        patches: np.ndarray = pooled.unflatten(0, (len(images), -1)).flatten(1).cpu().numpy()
        return patches

    def save(self, folder: Path) -> None:
        """Write weights as safetensors, convolutions in 16 bits, and the configuration as JSON."""
        weights = self.module.network.state_dict()
        description = {
            "format": _FORMAT_VERSION,
            "network": self.network.to_dict(),
            "settings": self.settings.to_dict(),
        }
        compact = {name: _compact(tensor) for name, tensor in weights.items()}
        write_model(folder, compact, description)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that `save` wrote.

        Raises:
            CaeError: a file is missing or damaged, or was written by a newer version.
        """
        description = read_description(folder, _FORMAT_VERSION, Description)
        settings = read_settings(description["settings"], LocalSettings.method)
        if not isinstance(settings, PublishedSettings):
            raise CaeError(
                f"{folder} holds a model of the method {settings.method!r}, which says nothing of "
                "single pixels; name the folder of a local model."
            )
        network = network_of(LocalNetworkSettings, description["network"], folder)
        require_weights(folder, lambda: cls(network, settings).module.network)
        model = cls(network, settings)
        load_weights(model.module.network, folder)
        model.module.to(best_device())
        return model

    def _check(self, images: np.ndarray) -> None:
        if images.ndim != 4 or images.shape[3] != self.network.channels:
            raise CaeError(
                f"The local model takes images of {self.network.channels} channels, "
                f"but these have the shape {images.shape}."
            )


def _compact(tensor: Tensor) -> Tensor:
    """Return the kernels of convolutions in half precision, all else as it is."""
    return tensor.half() if tensor.ndim == 4 else tensor
