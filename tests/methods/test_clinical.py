import pytest
import torch

from cae.errors import CaeError
from cae.losses.supcon import supcon
from cae.methods import ClinicalAutoencoder
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.training.settings import TrainingSettings


@pytest.fixture(params=ARCHITECTURES)
def method(request):
    torch.manual_seed(0)
    network = NetworkSettings(request.param, 28, latent=8, width=4)
    return ClinicalAutoencoder(network, TrainingSettings(temperature=0.1)).eval()


def test_sums_the_losses_of_all_clinical_values(method):
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    groups = torch.tensor([[0, 1], [0, -1], [1, 1], [-1, 0]])
    projections = torch.stack([method.projector(method.encode(view)) for view in views])
    expected = sum(supcon(projections, groups[:, column], 0.1) for column in range(2))
    losses = method(images, views, groups)
    torch.testing.assert_close(losses["clinical"], expected)
    assert set(losses) == {"reconstruction", "clinical"}


def test_columns_must_be_named():
    with pytest.raises(CaeError, match="--clinical"):
        TrainingSettings(method="clinical")
    settings = TrainingSettings(method="clinical", clinical=("age",))
    assert TrainingSettings.from_dict({**settings.to_dict(), "clinical": ["age"]}) == settings
