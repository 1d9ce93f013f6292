"""Ways to train: one method per file."""

from cae.methods.autoencoder import Autoencoder
from cae.methods.contrastive import ContrastiveAutoencoder

METHODS: dict[str, type[Autoencoder]] = {
    "autoencoder": Autoencoder,
    "contrastive": ContrastiveAutoencoder,
}

__all__ = ["METHODS", "Autoencoder", "ContrastiveAutoencoder"]
