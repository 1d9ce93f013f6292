"""First pseudo-classes of pixels, by intensity and surroundings."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

_SPREAD = 2.0
_REACH = 4
# How much mean and spread of the surroundings count beside the pixel itself.
_SURROUNDINGS = 0.3
_MOST_PIXELS = 200_000


class PixelClasses(nn.Module):
    """k-means of what pixels look like in images as they are (Lloyd 1982).

    A pixel is described by its intensity and, weighing less, by mean and standard deviation under
    a Gaussian of 2 px about it. The classes are those of clean images; a network that must name
    them in every view learns to see them whatever the scanner did.
    """

    def __init__(self, count: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("centres", torch.zeros(count, 3 * channels))
        steps = torch.arange(-_REACH, _REACH + 1)
        kernel = torch.exp(-0.5 * (steps / _SPREAD) ** 2)
        self.register_buffer("kernel", kernel / kernel.sum(), persistent=False)

    def begin(self, images: Tensor) -> None:
        """Find the classes in images (N, C, S, S) in 0–1."""
        from sklearn.cluster import MiniBatchKMeans

        each = max(1, _MOST_PIXELS // len(images))
        features = torch.cat([self._drawn(image[None], each) for image in images])
        kmeans = MiniBatchKMeans(len(self.centres), n_init=3, batch_size=4096, random_state=0)
        kmeans.fit(features.cpu().numpy())
        # By brightness, so that numbers and colours run from dark to bright.
        order = np.argsort(kmeans.cluster_centers_[:, 0])
        found = torch.from_numpy(kmeans.cluster_centers_[order])
        self.centres.copy_(found)

    def forward(self, images: Tensor) -> Tensor:
        """Return the class (N, S, S), 0…count−1, of every pixel of images (N, C, S, S) in 0–1."""
        features = self.features(images).movedim(1, 3)
        return torch.cdist(features.flatten(0, 2), self.centres).argmin(1).view(features.shape[:3])

    def features(self, images: Tensor) -> Tensor:
        """Describe the pixels of images (N, C, S, S) by (N, 3·C, S, S) numbers."""
        mean = self._blurred(images)
        variance = self._blurred(images**2) - mean**2
        around = torch.cat([mean, variance.clamp(min=0).sqrt()], dim=1)
        return torch.cat([images, _SURROUNDINGS * around], dim=1)

    def _blurred(self, images: Tensor) -> Tensor:
        channels = images.shape[1]
        padded = functional.pad(images, 4 * [_REACH], mode="replicate")
        kernel = self.kernel.expand(channels, 1, 1, -1)
        across = functional.conv2d(padded, kernel, groups=channels)
        return functional.conv2d(across, kernel.transpose(2, 3), groups=channels)

    def _drawn(self, image: Tensor, count: int) -> Tensor:
        """Return the features of evenly spread pixels of one image."""
        features = self.features(image).flatten(2)[0].T
        places = torch.linspace(0, len(features) - 1, min(count, len(features)))
        return features[places.long()]
