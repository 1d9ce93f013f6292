import pytest
import torch
from torch.nn import functional

from cae.methods import METHODS, REFERENCES
from cae.methods.supervised import SupervisedClassifier, SupervisedSettings
from cae.networks import ARCHITECTURES, NetworkSettings


@pytest.fixture(params=ARCHITECTURES)
def method(request):
    torch.manual_seed(0)
    network = NetworkSettings(request.param, 28, latent=8, width=4, semantic=2)
    return SupervisedClassifier(network, SupervisedSettings(classes=3))


IMAGES, VIEWS = torch.rand(6, 1, 28, 28), torch.rand(1, 6, 1, 28, 28)
CLASSES = torch.tensor([0, 1, 2, 2, 1, 0])


@pytest.mark.parametrize(("is_training", "seen"), [(True, VIEWS[0]), (False, IMAGES)])
def test_learns_from_a_view_and_is_validated_on_the_image(method, is_training, seen):
    method.train(is_training)
    losses = method(IMAGES, VIEWS, CLASSES)
    scores = method.head(method.encode(seen))
    assert set(losses) == {"classification"}
    torch.testing.assert_close(losses["classification"], functional.cross_entropy(scores, CLASSES))


def test_scores_are_of_each_class(method):
    latents = method.eval().encode(IMAGES)
    scores = method.head_outputs(latents[None])
    assert scores.shape == (1, 6, 3)
    torch.testing.assert_close(scores[0], method.head(latents))


def test_every_weight_learns(method):
    method.train()(IMAGES, VIEWS, CLASSES)["classification"].backward()
    assert all(parameter.grad is not None for parameter in method.parameters())


def test_nobody_can_choose_it():
    assert not set(METHODS) & set(REFERENCES)
