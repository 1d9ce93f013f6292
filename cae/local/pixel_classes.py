"""First pseudo-classes of pixels: tones, the commonest of which is divided by its texture."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import torch
from kornia.filters import gaussian_blur2d
from torch import Tensor, nn
from torch.nn import functional

from cae.latent.spread import evenly_spread
from cae.local.mask_shapes import shape_distance

# More tones than these lie closer together than different scanners leave them apart.
_MOST_TONES = 4
_NEAR = 2.0
# How much mean and spread of the surroundings count beside the pixel itself.
_SURROUNDINGS = 0.3
_FAR = 14.0
# Averages over so much change little from pixel to pixel: they are taken at a quarter of the size.
_COARSER = 4
_SCALES = (0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
# Below this intensity there is nothing that could have a texture.
_EMPTY = 0.05
_LEAST_ENERGY = 1e-6
_LEAST_SHARE = 1e-3
_TONE_PIXELS = 60_000
_TEXTURE_PIXELS = 30_000
# Added to variances of standardised numbers, so that no texture shrinks to a few pixels.
_REGULARITY = 1e-2
# Images and example masks whose shapes are compared.
_COMPARED = 300
_INSIDE = 0.5


class PixelClasses(nn.Module):
    """Classes of what pixels look like in images as they are.

    Tones are k-means (Lloyd 1982) of a pixel's intensity and, weighing less, mean and standard
    deviation under a Gaussian of 2 px about it. Structures of the same tone can still differ in
    their surroundings: the tone of most pixels is divided by a mixture of Gaussians of one common
    covariance over the spectrum of the 14 px about each pixel, energies of differences of Gaussians
    from 0.7 to 6 px, relative to each other, and over the shares of the brighter tones in what is
    not empty there.

    Where example masks are given, those tones that together are shaped most like them are one
    class, the first.

    The classes are those of clean images; a network that must name them in every view learns to
    see them whatever the scanner did.
    """

    tones: Tensor
    divided: Tensor
    middle: Tensor
    scale: Tensor
    means: Tensor
    root: Tensor
    log_shares: Tensor
    numbers: Tensor

    def __init__(self, count: int, channels: int) -> None:
        """Make room for `count` classes of images of so many channels."""
        super().__init__()
        self.count = count
        tones = min(count, _MOST_TONES)
        described = len(_SCALES) + tones - 2
        textures = count - tones + 1
        self.register_buffer("tones", torch.zeros(tones, 3 * channels))
        self.register_buffer("divided", torch.zeros((), dtype=torch.long))
        self.register_buffer("middle", torch.zeros(described))
        self.register_buffer("scale", torch.ones(described))
        self.register_buffer("means", torch.zeros(textures, described))
        self.register_buffer("root", torch.eye(described))
        self.register_buffer("log_shares", torch.zeros(textures))
        self.register_buffer("numbers", torch.arange(count))

    def begin(self, images: Tensor, shapes: Tensor | None = None) -> None:
        """Find the classes in images (N, C, S, S) in 0–1.

        `shapes` are example masks (M, 1, S, S) of the first class, which belong to no image.
        """
        self._find_tones(images)
        if len(self.means) > 1:
            self._find_textures(images)
        self.numbers.copy_(torch.arange(self.count))
        if shapes is not None:
            self._put_first(self._shaped_like(images, shapes))

    def forward(self, images: Tensor) -> Tensor:
        """Return the class (N, S, S), 0…count−1, of every pixel of images (N, C, S, S) in 0–1.

        Tones run from dark to bright; what they are divided into comes after the last of them.
        What is shaped like example masks is 0, and the others follow.
        """
        tones = self._tone(images)
        if len(self.means) == 1:
            return self.numbers[tones]
        inside = tones == self.divided
        texture = self._texture(self.surroundings(images).movedim(1, 3)[inside])
        # The first texture keeps the number of the tone it is a part of.
        tones[inside] = torch.where(texture == 0, self.divided, len(self.tones) - 1 + texture)
        return self.numbers[tones]

    def families(self) -> Tensor:
        """Return the tone that each class is or is a part of, int64 (count,).

        Tones that are one class by their shape count as one; classes that no pixel has are tones
        of their own.
        """
        parts = (self.count - len(self.tones)) * [int(self.divided)]
        tones = [*range(len(self.tones)), *parts]
        families = list(range(self.count, 2 * self.count))
        # Backwards, so that of several tones in one class the darkest stands for it.
        for number, tone in zip(self.numbers.tolist()[::-1], tones[::-1], strict=True):
            families[number] = tone
        return torch.tensor(families)

    def features(self, images: Tensor) -> Tensor:
        """Describe the tones of pixels of images (N, C, S, S) by (N, 3·C, S, S) numbers."""
        mean = _blurred(images, _NEAR)
        variance = _blurred(images**2, _NEAR) - mean**2
        around = torch.cat([mean, variance.clamp(min=0).sqrt()], dim=1)
        return torch.cat([images, _SURROUNDINGS * around], dim=1)

    def surroundings(self, images: Tensor) -> Tensor:
        """Describe what surrounds pixels of images (N, C, S, S) by (N, 5 + tones, S, S) numbers.

        The first six are log energies of bands from fine to coarse less their mean, so that
        contrast does not count; the others are the shares of all tones but the darkest in what is
        not empty.
        """
        grey = images.mean(1, keepdim=True)
        filled = (grey > _EMPTY).to(grey)
        smooth = torch.cat([_blurred(grey, scale) for scale in _SCALES], dim=1)
        bands = filled * (smooth[:, 1:] - smooth[:, :-1]) ** 2
        tones = functional.one_hot(self._tone(images), len(self.tones)).movedim(3, 1)
        averages = _averaged(torch.cat([bands, tones[:, 1:].to(grey), filled], dim=1))
        energies, shares, inside = averages.split([bands.shape[1], len(self.tones) - 1, 1], dim=1)
        energies = (energies + _LEAST_ENERGY).log()
        shares = shares / (inside + _LEAST_SHARE)
        return torch.cat([energies - energies.mean(1, keepdim=True), shares], dim=1)

    def _tone(self, images: Tensor) -> Tensor:
        features = self.features(images).movedim(1, 3)
        return torch.cdist(features.flatten(0, 2), self.tones).argmin(1).view(features.shape[:3])

    def _texture(self, described: Tensor) -> Tensor:
        """Return the likeliest Gaussian of each of (M, 5 + tones) descriptions."""
        standard = (described - self.middle) / self.scale
        # Whitened by their covariance, densities only depend on the distances to the means.
        apart = torch.cdist(standard @ self.root, self.means @ self.root)
        return (self.log_shares - 0.5 * apart**2).argmax(1)

    def _shaped_like(self, images: Tensor, shapes: Tensor) -> tuple[int, ...]:
        """Return the tones that together are shaped most like example masks (M, 1, S, S)."""
        some = images[evenly_spread(len(images), _COMPARED)]
        examples = shapes[evenly_spread(len(shapes), _COMPARED), 0].cpu().numpy() >= _INSIDE
        tones = self._tone(some).cpu().numpy()
        candidates = [
            chosen
            for size in range(1, len(self.tones))
            for chosen in combinations(range(len(self.tones)), size)
        ]
        distances = [shape_distance(np.isin(tones, each), examples) for each in candidates]
        return candidates[int(np.argmin(distances))]

    def _put_first(self, tones: tuple[int, ...]) -> None:
        """Make all classes of these tones one, and number the others after it."""
        first = torch.isin(torch.arange(self.count), torch.tensor(tones))
        if int(self.divided) in tones:
            first[len(self.tones) :] = True
        self.numbers.copy_(torch.where(first, 0, (~first).cumsum(0)))

    def _of_divided(self, images: Tensor) -> Tensor:
        """Return what surrounds the pixels that are divided, (M, 5 + tones)."""
        return self.surroundings(images).movedim(1, 3)[self._tone(images) == self.divided]

    def _find_tones(self, images: Tensor) -> None:
        from sklearn.cluster import KMeans

        features = _drawn(self.features, images, _TONE_PIXELS)
        kmeans = KMeans(len(self.tones), n_init=5, random_state=0)
        kmeans.fit(features.cpu().numpy())
        # By brightness, so that numbers and colours run from dark to bright.
        order = np.argsort(kmeans.cluster_centers_[:, 0])
        self.tones.copy_(torch.from_numpy(kmeans.cluster_centers_[order]))
        filled = features[features[:, : images.shape[1]].mean(1) > _EMPTY]
        found = torch.cdist(filled, self.tones).argmin(1)
        self.divided.copy_(torch.bincount(found, minlength=len(self.tones)).argmax())

    def _find_textures(self, images: Tensor) -> None:
        from sklearn.mixture import GaussianMixture

        inside = torch.cat([self._of_divided(image[None]) for image in images])
        if len(inside) < len(self.means):
            return  # too few pixels to tell textures apart: the tone stays whole
        drawn = inside[evenly_spread(len(inside), _TEXTURE_PIXELS)]
        self.middle.copy_(drawn.mean(0))
        self.scale.copy_(drawn.std(0).clamp(min=_LEAST_ENERGY))
        mixture = GaussianMixture(
            len(self.means),
            covariance_type="tied",
            reg_covar=_REGULARITY,
            n_init=2,
            random_state=0,
        )
        mixture.fit(((drawn - self.middle) / self.scale).double().cpu().numpy())
        self.means.copy_(torch.from_numpy(mixture.means_))
        self.root.copy_(torch.from_numpy(mixture.precisions_cholesky_))
        self.log_shares.copy_(torch.from_numpy(np.log(mixture.weights_)))


def _blurred(images: Tensor, spread: float) -> Tensor:
    side = 2 * int(3 * spread + 0.5) + 1
    return gaussian_blur2d(images, side, (spread, spread), border_type="replicate")


def _averaged(maps: Tensor) -> Tensor:
    """Return maps (N, D, S, S) under a Gaussian of 14 px."""
    small = _blurred(functional.avg_pool2d(maps, _COARSER, ceil_mode=True), _FAR / _COARSER)
    return functional.interpolate(small, maps.shape[2:], mode="bilinear")


def _drawn(describe: Callable[[Tensor], Tensor], images: Tensor, most: int) -> Tensor:
    """Return descriptions of pixels, evenly spread over each image, of `most` pixels at most."""
    each = max(1, most // len(images))
    found = []
    for image in images:
        features = describe(image[None]).flatten(2)[0].T
        found.append(features[evenly_spread(len(features), each)])
    return torch.cat(found)
