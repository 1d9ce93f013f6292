"""Everything that decides how a sharp decoder is trained."""

from dataclasses import dataclass
from typing import ClassVar

from cae.methods.settings import TrainingSettings, epochs_within
from cae.settings import setting

# Of the way from a mean decode to a likely image, where nothing else is said.
FLOW_STEPS = 4
# How many images a training looks at as a rule, some of them often: those of half an hour of two
# cores at 64 px.
_LOOKED_AT = 200_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 10, 60
# How the way is followed; images of the same seed and steps differ between methods.
FLOW_METHOD = "midpoint"


@dataclass(frozen=True)
class SharpSettings(TrainingSettings):
    """How to train a sharp decoder; with images, latents and decoder it determines the weights.

    Attributes:
        width: channels of the network's largest maps, a multiple of 8.
        noise: spread of the noise that a flow starts with, in that of what the mean decode misses.
        decay: of the running mean of the weights, which is what is kept.
    """

    owner: ClassVar[str] = "the step 'sharpen'"
    method: ClassVar[str] = "sharp"

    epochs: int = setting(
        40,
        "Epochs",
        "How often every image is looked at. Training stops when it no longer helps.",
        low=1,
        usual=True,
    )
    batch: int = setting(32, "Batch size", "Images per step.", low=2)
    learning_rate: float = setting(
        2e-3, "Learning rate", "The highest rate of the schedule.", above=0
    )
    weight_decay: float = setting(0.01, "Weight decay", "Of AdamW.", low=0)
    width: int = setting(
        32, "Width", "Channels of the network's largest maps, a multiple of 8.", low=8, high=512
    )
    noise: float = setting(
        1.0,
        "Noise",
        "Spread of the noise that a flow starts with, in that of what the mean decode misses.",
        above=0,
        high=10,
    )
    decay: float = setting(
        0.995, "Decay", "Of the running mean of the weights, which is what is kept.", low=0, high=1
    )

    @classmethod
    def usual_epochs(cls, images: int) -> int:
        """Return 10 to 60 epochs, the more the fewer images there are."""
        return epochs_within(images, _LOOKED_AT, _FEWEST_EPOCHS, _MOST_EPOCHS)
