"""A trained encoder and decoder with their configuration, from arrays to arrays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from cae.augment.augmentation import augmentation_for, moves_for
from cae.errors import CaeError
from cae.methods import method_named, read_settings
from cae.methods.autoencoder import Autoencoder
from cae.methods.settings import DecodingSettings, ImageSettings
from cae.model_files import (
    Description,
    load_weights,
    network_of,
    read_description,
    require_weights,
    write_model,
)
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.networks.device import best_device, device_of
from cae.networks.memory import channels_last
from cae.progress import Progress, silent
from cae.settings import require_choices

_FORMAT_VERSION = 1
# By device; a GPU idles over few images.
_CHUNKS = {"cpu": 512, "cuda": 8192}


class Model:
    """Encodes images into latents and decodes latents into synthetic images.

    A decoder of latents that came from elsewhere is a model without an encoder.
    """

    def __init__(self, network: NetworkSettings, settings: DecodingSettings) -> None:
        """Build an untrained model.

        Raises:
            CaeError: the method or architecture is unknown.
        """
        require_choices(settings)
        method: Any = method_named(settings.method)
        self.network = network
        self.settings = settings
        self.module: Any = method(network, settings)
        channels_last(self.module)

    @classmethod
    def for_images(cls, images: np.ndarray, settings: ImageSettings) -> Self:
        """Build an untrained model that fits images (N, S, S, C)."""
        _, height, width, channels = images.shape
        if height != width:
            raise CaeError(f"Images are {width}×{height} px, but networks need squares.")
        shape = settings.architecture, height, channels, settings.latent, settings.width
        require_choices(settings)
        method: Any = method_named(settings.method)
        architecture = ARCHITECTURES[settings.architecture]
        semantic = method.semantic_size(settings.latent) if architecture.has_semantic_part else 0
        return cls(NetworkSettings(*shape, semantic=semantic), settings)

    @classmethod
    def of_latents(cls, images: np.ndarray, settings: DecodingSettings, latent: int) -> Self:
        """Build an untrained model that decodes latents (N, latent) into images (N, S, S, C)."""
        _, height, width, channels = images.shape
        if height != width:
            raise CaeError(f"Images are {width}×{height} px, but networks need squares.")
        require_choices(settings)
        shape = settings.architecture, height, channels, latent, settings.width
        return cls(NetworkSettings(*shape), settings)

    @property
    def has_encoder(self) -> bool:
        """Whether it can give an image its latent."""
        return isinstance(self.module, Autoencoder)

    @property
    def latent_size(self) -> int:
        """Dimensions of the latent."""
        return self.network.latent

    @property
    def moves(self) -> nn.Module:
        """Moves the images of a training batch to where they mean the same."""
        if not isinstance(self.settings, ImageSettings):
            return nn.Identity()
        return moves_for(self.settings.preset)

    @property
    def augmentation(self) -> nn.Module:
        """Makes one random view of every image of a training batch."""
        if not isinstance(self.settings, ImageSettings):
            return nn.Identity()
        return augmentation_for(self.settings.preset, self.network.channels)

    @property
    def prototypes(self) -> np.ndarray:
        """Prototypes of the clusters it learned, float32 (K, d); K is 0 for other methods."""
        prototypes: np.ndarray = self.module.cluster_prototypes.detach().cpu().numpy()
        return prototypes

    def encode(self, images: np.ndarray, progress: Progress = silent) -> np.ndarray:
        """Encode images.

        Args:
            images: uint8, (N, S, S, C).
            progress: told of every chunk.

        Returns:
            float32, (N, d).

        Raises:
            CaeError: the images have another size or number of channels than the model's, or it
                has no encoder.
        """
        if not self.has_encoder:
            raise CaeError(
                "This model only decodes: its latents came from elsewhere, so a new image can be "
                "placed among them only by what made them."
            )
        expected = (self.network.image_size, self.network.image_size, self.network.channels)
        if images.shape[1:] != expected:
            raise CaeError(
                f"The model takes images of {expected}, but these are {images.shape[1:]}."
            )
        latents = np.empty((len(images), self.latent_size), np.float32)
        for start in range(0, len(images), self._chunk):
            chunk = slice(start, min(start + self._chunk, len(images)))
            latents[chunk] = self._run(
                lambda shown: self.module.encode(as_shown(shown)).float(),
                torch.from_numpy(np.array(images[chunk])),
            )
            progress(chunk.stop, len(images), "images")
        return latents

    def head_outputs(self, latents: np.ndarray) -> np.ndarray | None:
        """Map latents (N, d) to what the method's head makes of them, float32 (N, p).

        The projection head of a contrastive method returns embeddings z, on which its loss acts;
        the head of a classifier returns scores of the classes. None for a method without a head.

        Raises:
            CaeError: the latents have another number of dimensions than the model's.
        """
        latents = self._checked(latents)
        head_outputs = getattr(self.module, "head_outputs", None)
        if head_outputs is None:
            return None
        return self._run(
            lambda views: head_outputs(views)[0].float(), torch.from_numpy(latents.copy())[None]
        )

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """Decode latents (N, d) into synthetic images, uint8 (N, S, S, C).

        Raises:
            CaeError: the latents have another number of dimensions than the model's.
        """
        latents = self._checked(latents)
        size, channels = self.network.image_size, self.network.channels
        images = np.empty((len(latents), size, size, channels), np.uint8)
        for start in range(0, len(latents), self._chunk):
            chunk = slice(start, start + self._chunk)
            images[chunk] = self._run(
                lambda chosen: _as_bytes(self.module.decode(chosen)),
                torch.from_numpy(latents[chunk].copy()),
            )
        return images

    def save(self, folder: Path) -> None:
        """Write the weights as safetensors and the configuration as JSON, each atomically."""
        description = {
            "format": _FORMAT_VERSION,
            "network": self.network.to_dict(),
            "settings": self.settings.to_dict(),
        }
        write_model(folder, self.module.state_dict(), description)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that `save` wrote.

        Raises:
            CaeError: a file is missing or damaged, or was written by a newer version.
        """
        description = read_description(folder, _FORMAT_VERSION, Description)
        settings = read_settings(description["settings"])
        if not isinstance(settings, DecodingSettings):
            raise CaeError(
                f"{folder} holds a model of the method {settings.method!r}, which is not of whole "
                "images; name the folder of another model."
            )
        network = read_network(folder)
        require_weights(folder, lambda: cls(network, settings).module)
        model = cls(network, settings)
        load_weights(model.module, folder)
        model.module.to(best_device())
        return model

    def _checked(self, latents: np.ndarray) -> np.ndarray:
        latents = np.asarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_size:
            raise CaeError(
                f"The model has latents of {self.latent_size} dimensions, "
                f"but these have the shape {latents.shape}."
            )
        return latents

    def _run(self, function: Callable[[Tensor], Tensor], inputs: Tensor) -> np.ndarray:
        self.module.eval()
        with torch.inference_mode():
            return function(inputs.to(device_of(self.module))).cpu().numpy()

    @property
    def _chunk(self) -> int:
        """How many images are computed at once."""
        return _CHUNKS[device_of(self.module).type]


def read_network(folder: Path) -> NetworkSettings:
    """Read the shape of the networks of a model that `Model.save` wrote, without its weights.

    Raises:
        CaeError: the file is missing or damaged, or was written by a newer version.
    """
    description = read_description(folder, _FORMAT_VERSION, Description)
    return network_of(NetworkSettings, description["network"], folder)


def to_tensor(images: np.ndarray) -> Tensor:
    """Turn uint8 images (N, S, S, C) into a float tensor (N, C, S, S) in 0–1, channels last."""
    return as_shown(torch.from_numpy(np.array(images)))


def as_shown(images: Tensor) -> Tensor:
    """Turn uint8 images (N, S, S, C) on any device into floats as `to_tensor` does."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def _as_bytes(images: Tensor) -> Tensor:
    """Turn (N, C, S, S) in 0–1 into uint8 images (N, S, S, C)."""
    return images.permute(0, 2, 3, 1).float().mul(255).round().byte()
