"""What every training is given, and what every training of whole images."""

from dataclasses import dataclass
from typing import Any, ClassVar

from cae.seed import HIGHEST_SEED
from cae.settings import Settings, setting

# How many images a training of whole images looks at as a rule, some of them often: so many that
# more gains little, and ten thousand take minutes on two cores.
_LOOKED_AT = 150_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 10, 150


def epochs_within(images: int, looked_at: int, fewest: int, most: int) -> int:
    """Return in how many epochs so many images are looked at `looked_at` times, within bounds."""
    return min(max(round(looked_at / max(images, 1)), fewest), most)


@dataclass(frozen=True)
class TrainingSettings(Settings):
    """How to train; together with the images it determines the weights.

    Attributes:
        method: a key of `cae.methods.METHODS` or of its `REFERENCES`.
        epochs: passes over the training images.
        batch: images per step.
        learning_rate: the highest rate of the schedule.
        weight_decay: of AdamW.
        patience: epochs without a better validation loss after which training stops.
        seed: seed of weights, order and views.
    """

    method: ClassVar[str]

    epochs: int = setting(
        20,
        "Epochs",
        "How often every image is looked at. Training stops when it no longer helps.",
        low=1,
        usual=True,
    )
    batch: int = setting(64, "Batch size", "Images per step.", low=2)
    learning_rate: float = setting(
        2e-3, "Learning rate", "The highest rate of the schedule.", above=0
    )
    weight_decay: float = setting(0.05, "Weight decay", "Of AdamW.", low=0)
    patience: int = setting(
        50,
        "Patience",
        "Epochs without a better validation loss after which training stops.",
        low=1,
    )
    seed: int = setting(
        0,
        "Seed",
        "The same seed gives the same model on the same computer.",
        low=0,
        high=HIGHEST_SEED,
        usual=True,
    )

    @classmethod
    def usual_epochs(cls, images: int) -> int:
        """Return how often so many training images are looked at as a rule."""
        return cls.epochs

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and the method as a JSON-able dictionary."""
        return {"method": self.method, **super().to_dict()}


@dataclass(frozen=True)
class DecodingSettings(TrainingSettings):
    """How to train what decodes latents into whole images.

    Attributes:
        architecture: a key of `cae.networks.ARCHITECTURES`.
        width: channels of the networks' first stage.
        reconstruction_weight: λ, weight of the reconstruction loss.
    """

    architecture: str = setting(
        "residual",
        "Architecture",
        "Networks: residual, the same with a projection head, or paper for Ferrante et al.'s.",
        choices="cae.networks:ARCHITECTURES",
    )
    width: int = setting(32, "Width", "Channels of the networks' first stage.", low=2)
    reconstruction_weight: float = setting(
        300.0, "Reconstruction weight λ", "Weight of the reconstruction loss.", above=0
    )

    @classmethod
    def usual_epochs(cls, images: int) -> int:
        """Return 10 to 150 epochs, the more the fewer images there are."""
        return epochs_within(images, _LOOKED_AT, _FEWEST_EPOCHS, _MOST_EPOCHS)


@dataclass(frozen=True)
class ImageSettings(DecodingSettings):
    """How to train a model of whole images.

    Attributes:
        preset: a key of `cae.augment.augmentation.PRESETS`.
        latent: dimensions of the latent.
    """

    preset: str = setting(
        "organs",
        "Augmentation",
        "How the method varies images to learn what does not matter in them.",
        usual=True,
        choices="cae.augment.augmentation:PRESETS",
    )
    latent: int = setting(
        256, "Latent size", "How many numbers describe an image.", low=2, high=4096, usual=True
    )
