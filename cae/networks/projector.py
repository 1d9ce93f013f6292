"""The heads on which contrastive losses act."""

from torch import Tensor, nn

from cae.networks.settings import NetworkSettings


class Projector(nn.Module):
    """A multilayer perceptron d → 2d → 2d → p with ReLU (arXiv 2209.12005)."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.layers = _perceptron(settings.latent, 2 * settings.latent, settings.projection)

    def forward(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to embeddings (N, p)."""
        embeddings: Tensor = self.layers(latents)
        return embeddings


class SemanticProjector(nn.Module):
    """The same upon the semantic part of m numbers alone, m → 2d → 2d → p.

    What contrast throws away is thrown away here rather than in the semantic part (Chen et al.
    2020, arXiv 2002.05709, section 4.2).
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.size = settings.semantic
        self.layers = _perceptron(self.size, 2 * settings.latent, settings.projection)

    def forward(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to embeddings (N, p)."""
        embeddings: Tensor = self.layers(latents[:, : self.size])
        return embeddings


def _perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Linear(hidden, outputs),
    )
