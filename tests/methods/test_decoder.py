import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import RidgeCV

from cae.errors import CaeError
from cae.methods.decoder import DecoderSettings, LatentDecoder
from cae.methods.method import Known
from cae.model import Model, to_tensor
from cae.networks import ARCHITECTURES
from cae.training.loop import fit

RANDOM = np.random.default_rng(0)
COUNT, SIDE = 96, 28
# Images that are linear in two of six numbers, which are neither centred nor of one spread.
LATENTS = (RANDOM.uniform(-1, 1, (COUNT, 6)) * [1, 50, 1, 1, 1, 0] + [0, 900, 0, 0, 0, 3]).astype(
    np.float32
)
WAVES = np.stack([np.sin(np.arange(SIDE) / 3), np.cos(np.arange(SIDE) / 5)])
VALUES = 128 + 50 * (LATENTS[:, :1] * WAVES[0] + (LATENTS[:, 1:2] - 900) / 50 * WAVES[1])
IMAGES = np.repeat(np.rint(VALUES)[:, None, :, None], SIDE, axis=1).astype(np.uint8)
TRAIN, VAL = np.arange(72), np.arange(72, COUNT)


def known(latents: np.ndarray | None = LATENTS) -> Known:
    return Known(pd.DataFrame(index=range(COUNT)), TRAIN, latents=latents)


def settings(**values) -> DecoderSettings:
    return DecoderSettings(width=4, epochs=2, batch=24, **values)


def test_begins_with_the_ridge_regression_of_the_images():
    model = LatentDecoder.untrained(IMAGES, settings(), known())
    standard = (LATENTS - LATENTS[TRAIN].mean(0)) / np.where(
        LATENTS[TRAIN].std(0) > 1e-6, LATENTS[TRAIN].std(0), 1
    )
    pixels = IMAGES.reshape(COUNT, -1) / 255
    expected = RidgeCV(np.logspace(-1, 5, 13)).fit(standard[TRAIN], pixels[TRAIN])
    predicted = expected.predict(standard).reshape(IMAGES.shape)
    with torch.inference_mode():
        decoded = model.module.eval().decode(torch.from_numpy(LATENTS))
    np.testing.assert_allclose(decoded.permute(0, 2, 3, 1).numpy(), predicted, atol=2e-3)
    np.testing.assert_allclose(predicted, IMAGES / 255, atol=0.02)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_training_saves_what_decodes_the_same(tmp_path, architecture):
    chosen = settings(architecture=architecture)
    given = known()
    model = fit(
        IMAGES,
        TRAIN,
        VAL,
        chosen,
        tmp_path,
        untrained=lambda images, s: LatentDecoder.untrained(images, s, given),
        features=LatentDecoder.features(chosen, given),
    )
    again = Model.load(tmp_path)
    np.testing.assert_array_equal(again.decode(LATENTS), model.decode(LATENTS))
    assert again.settings == chosen
    assert not again.has_encoder
    assert len(again.prototypes) == 0
    assert again.head_outputs(LATENTS) is None


def test_the_loss_is_that_of_what_is_decoded():
    module = LatentDecoder.untrained(IMAGES, settings(reconstruction_weight=2.0), known()).module
    module.eval()
    images, latents = to_tensor(IMAGES[:8]), torch.from_numpy(LATENTS[:8])
    losses = module(images, torch.empty(0), torch.empty(0), latents)
    expected = 2 * (module.decode(latents) - images).square().mean()
    torch.testing.assert_close(losses["reconstruction"], expected)


def test_every_weight_learns():
    module = LatentDecoder.untrained(IMAGES, settings(), known()).module.train()
    module(to_tensor(IMAGES[:8]), torch.empty(0), torch.empty(0), torch.from_numpy(LATENTS[:8]))[
        "reconstruction"
    ].backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_without_latents_it_says_how_to_bring_some():
    with pytest.raises(CaeError, match="--latents FILE"):
        LatentDecoder.untrained(IMAGES, settings(), known(None))
