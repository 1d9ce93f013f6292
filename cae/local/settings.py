"""Everything that decides how a local model is trained."""

from dataclasses import dataclass
from typing import ClassVar

from cae.errors import CaeError
from cae.methods.settings import TrainingSettings
from cae.settings import setting


@dataclass(frozen=True)
class PublishedSettings(TrainingSettings):
    """How to train by local discrimination as published; with images and shapes it decides weights.

    Attributes:
        preset: a key of `cae.augment.aligned_views.ALIGNED_PRESETS`.
        regions: number K of region maps.
        embedding: dimensions of a pixel's embedding.
        width: channels of the network's first stage.
        shape: what region 0 is to look like: a mask of the image set by name, or a folder of
            pictures of example masks; empty for nothing.
        patch_share: share of the epochs, the first ones, in which only patches are discriminated.
        temperature: τ of patch discrimination.
        region_temperature: τ of region discrimination.
        grid: patches along an image's side.
        centre_spread: how far from its centre a patch is looked at, as the standard deviation of
            a Gaussian in patch sides; small values locate points better.
        mixup_weight: of hypersphere mixup.
        region_weight: of region discrimination.
        entropy_weight: of the entropy of region maps.
        shape_weight: of the shape of region 0.
    """

    owner: ClassVar[str] = "the method 'local-published'"
    method: ClassVar[str] = "local-published"

    batch: int = setting(4, "Batch size", "Images per step.", low=2)
    learning_rate: float = setting(
        1e-3, "Learning rate", "The highest rate of the schedule.", above=0
    )
    weight_decay: float = setting(1e-4, "Weight decay", "Of AdamW.", low=0)
    preset: str = setting(
        "scanner",
        "Views",
        "What may differ between two pictures of the same thing.",
        usual=True,
        choices="cae.augment.aligned_views:ALIGNED_PRESETS",
    )
    regions: int = setting(
        16, "Regions", "Into how many regions images are divided.", low=2, high=64, usual=True
    )
    embedding: int = setting(32, "Embedding size", "How many numbers describe a pixel.", low=2)
    width: int = setting(16, "Width", "Channels of the network's first stage.", low=2)
    shape: str = setting(
        "",
        "Shape of region 0",
        "A mask of the images by name, or a folder of example masks; empty for none.",
        metavar="MASK_OR_DIR",
    )
    patch_share: float = setting(
        0.2,
        "Patches alone",
        "Share of the epochs, the first ones, in which only patches are told apart.",
        low=0,
    )
    temperature: float = setting(0.1, "Temperature τ", "τ of patch discrimination.", above=0)
    region_temperature: float = setting(
        0.2, "Temperature of regions", "τ of region discrimination.", above=0
    )
    grid: int = setting(8, "Patches", "Patches along an image's side.", low=1)
    centre_spread: float = setting(
        0.35,
        "Centre",
        "How far from its centre a patch is looked at, in patch sides; less locates points better.",
        above=0,
    )
    mixup_weight: float = setting(1.0, "Mixup", "Weight of hypersphere mixup.", low=0)
    region_weight: float = setting(
        10.0, "Region discrimination", "Weight of region discrimination.", low=0
    )
    entropy_weight: float = setting(0.1, "Entropy", "Weight of the entropy of region maps.", low=0)
    shape_weight: float = setting(1.0, "Shape", "Weight of the shape of region 0.", low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.patch_share >= 1:
            raise CaeError(f"The setting patch_share is {self.patch_share}; use 0 to below 1.")


@dataclass(frozen=True)
class LocalSettings(PublishedSettings):
    """How to train by local discrimination that begins from classes of pixels.

    Attributes:
        agreement_weight: of the mutual information between two views' region maps.
        class_weight: of the classes of pixels in images as they are.
    """

    owner: ClassVar[str] = "the method 'local'"
    method: ClassVar[str] = "local"

    batch: int = setting(16, "Batch size", "Images per step.", low=2)
    learning_rate: float = setting(
        3e-3, "Learning rate", "The highest rate of the schedule.", above=0
    )
    regions: int = setting(
        10, "Regions", "Into how many regions images are divided.", low=2, high=64, usual=True
    )
    patch_share: float = setting(
        0.1,
        "Patches alone",
        "Share of the epochs, the first ones, in which only patches are told apart.",
        low=0,
    )
    region_weight: float = setting(
        3.0, "Region discrimination", "Weight of region discrimination.", low=0
    )
    agreement_weight: float = setting(
        1.0, "Agreement", "Weight of the mutual information of two views' region maps.", low=0
    )
    class_weight: float = setting(
        10.0, "Classes", "Weight of the classes of pixels that regions begin from.", low=0
    )
