import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from cae.model import to_tensor
from cae.networks.pretrained import PretrainedFeatures
from cae.training.teacher import layered_features, pooled_features, teacher_features
from tests.conftest import digits_imageset

TRAIN, VAL = np.arange(0, 100), np.arange(100, 130)


@pytest.fixture(scope="module")
def images():
    return digits_imageset(140).images


@pytest.fixture(scope="module")
def told(images):
    seen = []
    return teacher_features(images, TRAIN, VAL, 1, 0, lambda *told: seen.append(told[:2])), seen


def test_features_are_means_over_the_place(images):
    rows, seen = np.arange(130)[::-1], []
    features = pooled_features(images, rows, 64, lambda *told: seen.append(told[:2]))
    network = PretrainedFeatures(64).eval()
    with torch.inference_mode():
        alone = [network(to_tensor(images[[row]])).mean((2, 3))[0] for row in (129, 1, 0)]
    np.testing.assert_allclose(features[[0, 128, 129]], torch.stack(alone), atol=2e-3)
    assert seen == [(128, 130), (130, 130)]


def test_layers_are_moments_of_what_each_block_makes(images):
    rows = np.arange(130)[::-1]
    layers = layered_features(images, rows, 64, 1)
    network = PretrainedFeatures(64).eval()
    core = network.network
    with torch.inference_mode():
        maps = core._swish(core._bn0(core._conv_stem(network._seen(to_tensor(images[[1]])))))
        expected = []
        for block in core._blocks:
            maps = block(maps)
            expected.append(maps)
        expected.append(network(to_tensor(images[[1]])))
    assert len(layers) == len(expected) == 17
    for found, layer in zip(layers, expected, strict=True):
        values = layer[0].flatten(1).numpy()
        moments = np.concatenate([values.mean(1), values.std(1)])
        np.testing.assert_allclose(found[128], moments, rtol=2e-3, atol=2e-3)


def test_quarter_turns_are_all_seen(images):
    turned = np.rot90(images[:3], axes=(1, 2)).copy()
    layers = [layered_features(some, np.arange(3), 32, 4) for some in (images, turned)]
    for one, other in zip(*layers, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-3)
    once = layered_features(images, np.arange(3), 32, 1)
    assert np.abs(once[0] - layers[0][0]).max() > 1e-2


def test_images_that_are_all_alike_are_no_reason_to_fail(images):
    alike = np.repeat(images[:1], 20, axis=0)
    features = teacher_features(alike, np.arange(18), np.arange(18, 20), 1, 0)
    assert np.isfinite(features).all()


def test_what_the_teacher_says_has_unit_length_and_is_of_the_images_asked_about(told):
    features, seen = told
    assert features.shape == (140, 12)
    assert features.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(features[:130].astype(float), axis=1), 1, atol=2e-3)
    assert not features[130:].any()
    assert seen[-1] == (130, 130)


def test_images_of_one_digit_are_nearer_than_others(told):
    labels = np.asarray(digits_imageset(140).table["label"])[:130]
    apart = cdist(told[0][:130].astype(float), told[0][:130].astype(float), "cosine")
    np.fill_diagonal(apart, np.inf)
    assert (labels[apart.argmin(axis=1)] == labels).mean() > 0.6


def test_validation_images_say_nothing_of_what_differs(images, told):
    changed = images.copy()
    changed[VAL] = 255 - changed[VAL]
    other = teacher_features(changed, TRAIN, VAL, 1, 0)
    np.testing.assert_array_equal(other[TRAIN], told[0][TRAIN])


@pytest.mark.parametrize("count", [2, 3])
def test_few_images_are_enough(images, count):
    features = teacher_features(images[:5], np.arange(count), np.array([4]), 1, 0)
    assert features.shape == (5, 1)
    assert np.isfinite(features).all()
