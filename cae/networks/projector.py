"""The head on which contrastive losses act."""

from torch import Tensor, nn

from cae.networks.settings import NetworkSettings


class Projector(nn.Module):
    """A multilayer perceptron d → 2d → 2d → p with ReLU (arXiv 2209.12005)."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        hidden = 2 * settings.latent
        self.layers = nn.Sequential(
            nn.Linear(settings.latent, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, settings.projection),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to embeddings (N, p)."""
        return self.layers(latents)
