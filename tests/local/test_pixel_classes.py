import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d
from sklearn.metrics import adjusted_rand_score

from cae.local.pixel_classes import PixelClasses


@pytest.fixture
def tissue():
    """Images of three kinds of tissue in wide stripes, and which pixel is of which."""
    kinds = torch.arange(3).repeat_interleave(12).expand(4, 36, 36)
    noise = 0.02 * torch.randn(4, 36, 36, generator=torch.Generator().manual_seed(0))
    return (torch.tensor([0.1, 0.5, 0.9])[kinds] + noise).clamp(0, 1)[:, None], kinds


def test_classes_follow_the_tissue_from_dark_to_bright(tissue):
    images, kinds = tissue
    classes = PixelClasses(3, 1)
    classes.begin(images)
    found = classes(images)
    assert found.shape == kinds.shape
    assert adjusted_rand_score(kinds.flatten(), found.flatten()) > 0.8
    assert [int(found[0, 18, x]) for x in (3, 18, 33)] == [0, 1, 2]


def test_surroundings_are_mean_and_spread_under_a_gaussian(tissue):
    image = tissue[0][:1]
    features = PixelClasses(3, 1).features(image)[0].numpy()
    plain = image[0, 0].double().numpy()
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
    kernel /= kernel.sum()

    def blurred(values):
        return correlate1d(
            correlate1d(values, kernel, 0, mode="nearest"), kernel, 1, mode="nearest"
        )

    mean = blurred(plain)
    spread = np.sqrt(np.maximum(blurred(plain**2) - mean**2, 0))
    np.testing.assert_allclose(features[0], plain, atol=1e-6)
    np.testing.assert_allclose(features[1], 0.3 * mean, atol=1e-5)
    np.testing.assert_allclose(features[2], 0.3 * spread, atol=1e-3)


def test_colour_images_have_classes_too():
    classes = PixelClasses(4, 3)
    images = torch.rand(3, 3, 16, 16)
    classes.begin(images)
    assert set(classes(images).flatten().tolist()) <= {0, 1, 2, 3}


@pytest.fixture
def weaves():
    """Images of one tone whose left half is finely and whose right half coarsely patterned."""
    places = torch.arange(64)
    fine, coarse = (torch.sin(2 * np.pi * places / period) for period in (3.2, 12.8))
    pattern = torch.where(places < 32, fine, coarse)
    noise = 0.02 * torch.randn(6, 64, 64, generator=torch.Generator().manual_seed(0))
    images = (0.5 + 0.15 * pattern.expand(6, 64, 64) + noise)[:, None]
    return images, (places >= 32).long().expand(6, 64, 64)


def test_what_surrounds_a_pixel_does_not_depend_on_contrast():
    noise = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(0)) - 0.5
    classes = PixelClasses(6, 1)
    strong, weak = (classes.surroundings(0.5 + share * noise) for share in (0.8, 0.4))
    assert strong.shape == (2, 9, 64, 64)
    torch.testing.assert_close(strong[:, :6].mean(1), torch.zeros(2, 64, 64), atol=1e-4, rtol=0)
    torch.testing.assert_close(strong[:, :6], weak[:, :6], atol=0.1, rtol=0)


def test_fine_patterns_have_their_energy_in_fine_bands(weaves):
    finest = PixelClasses(6, 1).surroundings(weaves[0])[:, 0]
    assert finest[..., 4:24].min() > finest[..., 40:60].max()


def test_surroundings_say_which_share_of_what_is_not_empty_each_tone_has():
    image = torch.zeros(1, 1, 64, 64)
    image[..., 16:40], image[..., 40:] = 0.4, 0.8
    classes = PixelClasses(3, 1)
    classes.begin(image)
    middle, bright = classes.surroundings(image)[0, -2:]
    # Nothing but edges of a tone differs from these, and what is empty counts for none.
    torch.testing.assert_close((middle + bright)[:, 20:], torch.ones(64, 44), atol=0.01, rtol=0)
    assert middle[:, :24].min() > 0.6 > 0.4 > middle[:, 60:].max()


def test_the_commonest_tone_is_divided_by_texture(weaves):
    images, halves = weaves
    # A dark and a bright frame are the rarer tones.
    images, halves = images.clone(), halves.clone()
    images[..., :4, :], images[..., -4:, :] = 0.0, 1.0
    halves[:, :4], halves[:, -4:] = -1, -1
    classes = PixelClasses(12, 1)
    classes.begin(images)
    found = classes(images)
    textured = (found == classes.divided) | (found >= len(classes.tones))
    assert set(found.flatten().tolist()) <= set(range(12))
    inner = textured & (halves >= 0)
    inner[..., 16:48] = False
    sides = [torch.bincount(found[inner & (halves == half)], minlength=12) for half in (0, 1)]
    together = torch.stack(sides)
    assert (together > 0).sum() > 2
    # Away from the border between the halves, a texture tells the half.
    assert together.max(0).values.sum() > 0.95 * together.sum()


def test_textures_are_those_of_the_mixture(weaves):
    from sklearn.mixture import GaussianMixture

    classes = PixelClasses(8, 1)
    classes.begin(weaves[0])
    mixture = GaussianMixture(len(classes.means), covariance_type="tied")
    mixture.means_ = classes.means.numpy()
    mixture.weights_ = classes.log_shares.exp().numpy()
    mixture.precisions_cholesky_ = classes.root.numpy()
    described = classes.surroundings(weaves[0]).movedim(1, 3).flatten(0, 2)[::41]
    expected = mixture.predict(((described - classes.middle) / classes.scale).numpy())
    inside = classes(weaves[0]).flatten()[::41]
    textured = (inside == classes.divided) | (inside >= len(classes.tones))
    found = torch.where(inside == classes.divided, 0, inside - len(classes.tones) + 1)
    assert textured.sum() > 100
    assert (found[textured].numpy() == expected[textured.numpy()]).mean() > 0.999


@pytest.fixture
def blobs_and_lines():
    """Dark images with bright discs and grey lines, and the discs of quite other images."""
    rows, columns = np.mgrid[:48, :48]

    def disc(generator):
        x, y, radius = generator.uniform(14, 34), generator.uniform(14, 34), generator.uniform(6, 9)
        return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2

    rng, other = np.random.default_rng(0), np.random.default_rng(1)
    discs = np.stack([disc(rng) for _ in range(12)])
    lines = np.broadcast_to(columns % 8 < 2, discs.shape) & ~discs
    images = 0.1 + 0.7 * discs + 0.35 * lines + 0.01 * rng.standard_normal(discs.shape)
    shapes = np.stack([disc(other) for _ in range(20)])
    return discs, lines, torch.tensor(images[:, None]).float().clamp(0, 1), shapes


@pytest.mark.parametrize("count", [3, 9])
def test_the_first_class_is_what_is_shaped_like_example_masks(blobs_and_lines, count):
    discs, lines, images, shapes = blobs_and_lines
    classes = PixelClasses(count, 1)
    for wanted, examples in ((discs, shapes), (lines, lines[:, ::-1])):
        classes.begin(images, torch.tensor(examples.copy())[:, None].float())
        found = classes(images).numpy()
        assert 0 <= found.min() <= found.max() < count
        agreement = 2 * ((found == 0) & wanted).sum() / ((found == 0).sum() + wanted.sum())
        assert agreement > 0.8
        own = classes(images)[classes._tone(images) == classes.divided].unique()
        assert classes.families()[own].unique().numel() == 1
    classes.begin(images)
    assert classes.numbers.tolist() == list(range(count))


def test_families_are_the_tones_that_classes_are_parts_of(weaves):
    classes = PixelClasses(9, 1)
    classes.begin(weaves[0])
    families = classes.families()
    assert families[:4].tolist() == [0, 1, 2, 3]
    assert families[4:].tolist() == 5 * [int(classes.divided)]
    tones, found = classes._tone(weaves[0]), classes(weaves[0])
    assert torch.equal(families[found], tones)


@pytest.mark.parametrize("side", [2, 16])
def test_images_without_any_content_have_classes_too(side):
    classes = PixelClasses(12, 1)
    images = torch.zeros(2, 1, side, side)
    classes.begin(images)
    assert classes(images).shape == (2, side, side)
