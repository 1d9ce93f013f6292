"""Encoders, decoders and heads: modules that know nothing but torch."""

from typing import NamedTuple

from torch import nn

from cae.networks.paper import PaperDecoder, PaperEncoder
from cae.networks.projector import Projector
from cae.networks.residual import ResidualDecoder, ResidualEncoder, SemanticPart
from cae.networks.settings import NetworkSettings


class Architecture(NamedTuple):
    """An encoder, the decoder that goes with it, and what contrastive losses see of a latent."""

    encoder: type[nn.Module]
    decoder: type[nn.Module]
    projector: type[nn.Module]


ARCHITECTURES = {
    "paper": Architecture(PaperEncoder, PaperDecoder, Projector),
    "residual": Architecture(ResidualEncoder, ResidualDecoder, SemanticPart),
}

__all__ = ["ARCHITECTURES", "Architecture", "NetworkSettings"]
