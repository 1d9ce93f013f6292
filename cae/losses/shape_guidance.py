"""The two sides of the game that gives a region map the shape of example masks."""

from torch import Tensor
from torch.nn import functional


def discriminator_loss(of_examples: Tensor, of_maps: Tensor) -> Tensor:
    """Return the cross entropy of a discriminator that tells example masks from region maps.

    Args:
        of_examples: any shape, its scores (logits) of example masks, which should be high.
        of_maps: any shape, its scores of region maps, which should be low.

    Returns:
        A scalar ≥ 0; 2·log 2 where it cannot tell them.

    Source: Goodfellow et al. 2014, "Generative adversarial nets", arXiv 1406.2661; used for
    shapes by Chen et al. 2021, arXiv 2108.09440.
    """
    examples = functional.softplus(-of_examples.float()).mean()
    return examples + functional.softplus(of_maps.float()).mean()


def guidance_loss(of_maps: Tensor) -> Tensor:
    """Return how surely the discriminator knows region maps from examples (non-saturating form).

    Args:
        of_maps: any shape, its scores (logits) of region maps.

    Returns:
        A scalar ≥ 0; log 2 where it cannot tell them.

    Source: as `discriminator_loss`.
    """
    return functional.softplus(-of_maps.float()).mean()
