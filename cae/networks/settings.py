"""What a network looks like, apart from its weights."""

from dataclasses import asdict, dataclass
from typing import Any

from cae.errors import CaeError

IMAGE_SIZES = (28, 32, 64, 128, 224)


def require_known_form(image_size: int, channels: int) -> None:
    """Raise `CaeError` unless there are networks for square images of this side and channels."""
    if image_size not in IMAGE_SIZES:
        raise CaeError(
            f"Images of {image_size} px have no network; use {', '.join(map(str, IMAGE_SIZES))} px."
        )
    if channels not in (1, 3):
        raise CaeError(f"Images have {channels} channels; use grey (1) or RGB (3).")


@dataclass(frozen=True)
class NetworkSettings:
    """Shape of an encoder, a decoder and a projector.

    Attributes:
        architecture: a key of `cae.networks.ARCHITECTURES`.
        image_size: side of the square images in pixels, one of `IMAGE_SIZES`.
        channels: 1 (grey) or 3 (RGB).
        latent: dimensions d of the latent h.
        width: channels of the first stage; later stages have two and four times as many.
        projection: dimensions of the embedding z, which the projection head returns and on which
            contrastive losses act.
        semantic: how many dimensions of the latent, the first ones, residual networks give unit
            length and let carry distances; 0 for none.
    """

    architecture: str = "residual"
    image_size: int = 64
    channels: int = 1
    latent: int = 64
    width: int = 32
    projection: int = 64
    semantic: int = 0

    def __post_init__(self) -> None:
        require_known_form(self.image_size, self.channels)
        if min(self.latent, self.width, self.projection) < 2:
            raise CaeError("Latent, width and projection must each be at least 2.")
        if not 0 <= self.semantic < self.latent:
            raise CaeError(
                f"{self.semantic} of {self.latent} dimensions cannot be semantic; use fewer."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able dictionary."""
        return asdict(self)
