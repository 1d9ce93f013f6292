"""Everything that decides how a local model is trained."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from cae.errors import CaeError


@dataclass(frozen=True)
class LocalSettings:
    """How to train by local discrimination; with images and shapes it determines the weights.

    Attributes:
        preset: a key of `cae.augment.aligned_views.ALIGNED_PRESETS`.
        regions: number K of region maps.
        embedding: dimensions of a pixel's embedding.
        width: channels of the network's first stage.
        shape: what region 0 is to look like: a mask of the image set by name, or a folder of
            pictures of example masks; empty for nothing.
        epochs: passes over the training images.
        patch_share: share of the epochs, the first ones, in which only patches are discriminated.
        batch: images per step.
        learning_rate: the highest rate of the schedule.
        weight_decay: of AdamW.
        temperature: τ of patch discrimination.
        region_temperature: τ of region discrimination.
        grid: patches along an image's side.
        centre_spread: how far from its centre a patch is looked at, as the standard deviation of
            a Gaussian in patch sides; small values locate points better.
        mixup_weight: of hypersphere mixup.
        region_weight: of region discrimination.
        entropy_weight: of the entropy of region maps.
        agreement_weight: of the mutual information between two views' region maps.
        class_weight: of the classes of pixels in images as they are.
        shape_weight: of the shape of region 0.
        patience: epochs without a better validation loss after which training stops.
        seed: seed of weights, order and views.
    """

    preset: str = "scanner"
    regions: int = 10
    embedding: int = 32
    width: int = 16
    shape: str = ""
    epochs: int = 20
    patch_share: float = 0.1
    batch: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    temperature: float = 0.1
    region_temperature: float = 0.2
    grid: int = 8
    centre_spread: float = 0.35
    mixup_weight: float = 1.0
    region_weight: float = 3.0
    entropy_weight: float = 0.1
    agreement_weight: float = 1.0
    class_weight: float = 10.0
    shape_weight: float = 1.0
    patience: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("regions", "embedding", "width", "batch"):
            if getattr(self, name) < 2:
                raise CaeError(f"The setting {name} is {getattr(self, name)}; use at least 2.")
        for name in ("epochs", "patience", "grid"):
            if getattr(self, name) < 1:
                raise CaeError(f"The setting {name} is {getattr(self, name)}; use at least 1.")
        for name in ("learning_rate", "temperature", "region_temperature", "centre_spread"):
            if not getattr(self, name) > 0:
                raise CaeError(f"The setting {name} is {getattr(self, name)}; it must be above 0.")
        if not 0 <= self.patch_share < 1:
            raise CaeError(f"The setting patch_share is {self.patch_share}; use 0 to below 1.")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the settings that `to_dict` wrote; what is absent takes its default.

        Raises:
            CaeError: a name is unknown.
        """
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise CaeError(f"The method 'local' has no setting {unknown[0]!r}; leave it out.")
        return cls(**values)
