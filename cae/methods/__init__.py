"""Ways to train: one method per file."""

from cae.methods.autoencoder import Autoencoder
from cae.methods.clinical import ClinicalAutoencoder
from cae.methods.contrastive import ContrastiveAutoencoder
from cae.methods.prototypes import PrototypeAutoencoder
from cae.methods.pseudo_class import PseudoClassAutoencoder

METHODS: dict[str, type[Autoencoder]] = {
    "autoencoder": Autoencoder,
    "contrastive": ContrastiveAutoencoder,
    "prototypes": PrototypeAutoencoder,
    "pseudo-class": PseudoClassAutoencoder,
    "clinical": ClinicalAutoencoder,
}

__all__ = [
    "METHODS",
    "Autoencoder",
    "ClinicalAutoencoder",
    "ContrastiveAutoencoder",
    "PrototypeAutoencoder",
    "PseudoClassAutoencoder",
]
