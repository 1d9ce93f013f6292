"""Ways to train: one method per file."""

from cae.methods.autoencoder import Autoencoder
from cae.methods.clinical import ClinicalAutoencoder
from cae.methods.contrastive import ContrastiveAutoencoder
from cae.methods.prototypes import PrototypeAutoencoder
from cae.methods.pseudo_class import PseudoClassAutoencoder
from cae.methods.supervised import SupervisedClassifier

METHODS: dict[str, type[Autoencoder]] = {
    "autoencoder": Autoencoder,
    "contrastive": ContrastiveAutoencoder,
    "prototypes": PrototypeAutoencoder,
    "pseudo-class": PseudoClassAutoencoder,
    "clinical": ClinicalAutoencoder,
}
# Trained only to be compared with, never chosen: nothing can be decoded from their latents.
REFERENCES: dict[str, type[Autoencoder]] = {"supervised": SupervisedClassifier}

__all__ = [
    "METHODS",
    "REFERENCES",
    "Autoencoder",
    "ClinicalAutoencoder",
    "ContrastiveAutoencoder",
    "PrototypeAutoencoder",
    "PseudoClassAutoencoder",
    "SupervisedClassifier",
]
