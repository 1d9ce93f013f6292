import pytest
import torch

from cae.errors import CaeError
from cae.losses.supcon import supcon
from cae.methods import new_settings
from cae.methods.clinical import ClinicalAutoencoder, ClinicalSettings
from cae.networks import ARCHITECTURES, NetworkSettings


@pytest.mark.parametrize("weights", [(), (1.0, 1.0), (0.5, 2.0)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_sums_the_weighted_losses_of_all_clinical_values(architecture, weights):
    torch.manual_seed(0)
    network = NetworkSettings(architecture, 28, latent=8, width=4, semantic=2)
    settings = ClinicalSettings(clinical=("a", "b"), clinical_weights=weights, temperature=0.1)
    method = ClinicalAutoencoder(network, settings).eval()
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    groups = torch.tensor([[0, 1], [0, -1], [1, 1], [-1, 0]])
    projections = torch.stack([method.projector(method.encode(view)) for view in views])
    first, second = (supcon(projections, groups[:, column], 0.1) for column in range(2))
    expected = first + second if weights != (0.5, 2.0) else 0.5 * first + 2 * second
    losses = method(images, views, groups)
    torch.testing.assert_close(losses["clinical"], expected)
    assert set(losses) == {"reconstruction", "clinical", "interpolation"}


def test_columns_must_be_named():
    with pytest.raises(CaeError, match="--clinical"):
        ClinicalSettings()
    settings = ClinicalSettings(clinical=("age",))
    assert new_settings(**{**settings.to_dict(), "clinical": ["age"]}) == settings


@pytest.mark.parametrize("weights", [(1.0,), (1.0, 0.0), (1.0, float("nan"))])
def test_each_column_has_one_weight_above_0(weights):
    with pytest.raises(CaeError, match=r"weight.*\.$"):
        ClinicalSettings(clinical=("a", "b"), clinical_weights=weights)
