import torch

from cae.networks.velocity import VelocityNetwork, VelocitySettings
from cae.sharp.method import PosteriorMeanFlow
from cae.sharp.settings import SharpSettings


def as_given(images, latents):
    return latents


def flow(latents_of=as_given, **settings):
    torch.manual_seed(0)
    network = VelocityNetwork(VelocitySettings(28, 1, latent=4, width=8))
    torch.nn.init.normal_(network.last.weight, std=0.1)

    def decode(latents):
        return latents[:, :1, None, None].expand(-1, 1, 28, 28)

    return PosteriorMeanFlow(network, latents_of, decode, SharpSettings(**settings), scale=0.1)


def test_loss_is_that_of_the_paper_in_units_of_what_is_missed():
    module = flow()
    images, latents = torch.rand(3, 1, 28, 28), torch.rand(3, 4)
    torch.manual_seed(1)
    found = module(images, images[None], torch.zeros(3), latents)["flow"]
    torch.manual_seed(1)
    means = latents[:, :1, None, None].expand(-1, 1, 28, 28)
    start, time = means + 0.1 * torch.randn_like(images), torch.rand(3)
    between = start + time.view(-1, 1, 1, 1) * (images - start)
    velocity = 0.1 * module.network((between - means) / 0.1, means, time, latents)
    expected = (images - start - velocity).square().mean() / 0.1**2
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_running_mean_follows_and_is_what_validation_sees():
    module = flow(decay=0.5)
    images, latents = torch.rand(3, 1, 28, 28), torch.rand(3, 4)
    expected = module.network.last.bias.detach().clone()
    module.step_done()
    for step in range(1, 4):
        with torch.no_grad():
            module.network.last.bias.add_(step)
        module.step_done()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * module.network.last.bias.detach()
    mean = module.running_mean.module.last.bias
    torch.testing.assert_close(mean, expected)
    losses = {}
    for is_training in (True, False):
        torch.manual_seed(1)
        module.train(is_training)
        found = module(images, images[None], torch.zeros(3), latents)["flow"]
        losses[is_training] = float(found.detach())
    assert losses[True] != losses[False]
    assert not mean.requires_grad


def test_moved_images_have_latents_of_their_own():
    def encoded(images, latents):
        return images.mean((1, 2, 3))[:, None].expand_as(latents)

    images, views = torch.rand(3, 1, 28, 28), torch.rand(1, 3, 1, 28, 28)
    losses = []
    for module, latents in (
        (flow(encoded), torch.rand(3, 4)),
        (flow(), encoded(images, torch.empty(3, 4))),
    ):
        torch.manual_seed(1)
        losses.append(module(images, views, torch.zeros(3), latents)["flow"])
    torch.testing.assert_close(*losses)
