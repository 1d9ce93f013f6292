"""Encoders, decoders and heads: modules that know nothing but torch."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from torch import Tensor, nn

from cae.networks import paper, residual
from cae.networks.paper import PaperDecoder, PaperEncoder
from cae.networks.projector import Projector, SemanticProjector
from cae.networks.residual import (
    Regression,
    ResidualDecoder,
    ResidualEncoder,
    SemanticPart,
    begin_with_principal_components,
)
from cae.networks.settings import NetworkSettings

Encoder = TypeVar("Encoder", bound=nn.Module)
Decoder = TypeVar("Decoder", bound=nn.Module)


class Architecture(NamedTuple, Generic[Encoder, Decoder]):
    """An encoder, the decoder that goes with it, and what contrastive losses see of a latent.

    Attributes:
        has_semantic_part: whether it keeps a semantic part of the latent, see
            `cae.networks.residual`.
        begin: sets the weights of an encoder and a decoder that are better computed from images
            (N, C, S, S) in 0–1 than drawn at random, and returns those that need only small steps
            from there.
        begin_decoding: sets the weights of a decoder alone that are better computed from latents
            (N, d) and their images, by a regression, than drawn at random, and returns them.
        detail_scale: the standard deviation that its decoder expects of each number of a latent.
        rescale: multiplies each number of an encoder's latents by one of (d,) positive factors,
            and lets the decoder divide by it; where there is a semantic part, its factors are 1.
    """

    encoder: type[Encoder]
    decoder: type[Decoder]
    projector: type[nn.Module]
    has_semantic_part: bool
    begin: Callable[[Encoder, Decoder, Tensor], list[Tensor]]
    rescale: Callable[[Encoder, Decoder, Tensor], None]
    begin_decoding: Callable[[Decoder, Tensor, Tensor, Regression], list[Tensor]]
    detail_scale: float


def as_drawn(encoder: nn.Module, decoder: nn.Module, images: Tensor) -> list[Tensor]:
    """Leave all weights as they were drawn."""
    return []


def decoder_as_drawn(
    decoder: nn.Module, latents: Tensor, images: Tensor, regression: Regression
) -> list[Tensor]:
    """Leave all weights of a decoder as they were drawn."""
    return []


ARCHITECTURES: dict[str, Architecture[Any, Any]] = {
    "paper": Architecture(
        PaperEncoder,
        PaperDecoder,
        Projector,
        False,
        as_drawn,
        paper.rescale,
        decoder_as_drawn,
        1.0,
    ),
    **{
        name: Architecture(
            ResidualEncoder,
            ResidualDecoder,
            head,
            True,
            begin_with_principal_components,
            residual.rescale,
            residual.begin_with_linear_picture,
            residual.DETAIL_SCALE,
        )
        for name, head in (("residual", SemanticPart), ("residual-projector", SemanticProjector))
    },
}

__all__ = ["ARCHITECTURES", "Architecture", "NetworkSettings"]
