import math

import pytest
import torch

from cae.losses.region_discrimination import region_discrimination, region_vectors


def naive(embeddings, maps, temperature):
    count, regions = maps.shape[:2]
    vectors = torch.zeros(count, regions, embeddings.shape[1])
    for n in range(count):
        for k in range(regions):
            for y in range(maps.shape[2]):
                for x in range(maps.shape[3]):
                    vectors[n, k] += maps[n, k, y, x] * embeddings[n, :, y, x]
            vectors[n, k] /= vectors[n, k].norm()
    centres = [vectors[:, k].mean(0) for k in range(regions)]
    centres = [centre / centre.norm() for centre in centres]
    terms = []
    for n in range(count):
        for k in range(regions):
            weights = [math.exp(float(vectors[n, k] @ c) / temperature) for c in centres]
            terms.append(-math.log(weights[k] / sum(weights)))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("shape", [(1, 3, 2, 3, 5), (3, 4, 5, 4, 3), (2, 2, 1, 3, 3)])
def test_equals_the_naive_loop(shape):
    count, size, regions, height, width = shape
    random = torch.Generator().manual_seed(0)
    embeddings = torch.randn(count, size, height, width, generator=random)
    maps = torch.rand(count, regions, height, width, generator=random)
    assert float(region_discrimination(region_vectors(embeddings, maps), 0.2)) == pytest.approx(
        naive(embeddings, maps, 0.2), rel=1e-4, abs=1e-6
    )


def test_regions_that_look_alike_cost_log_k_and_clear_ones_nothing():
    maps = torch.zeros(2, 4, 4, 4)
    for region in range(4):
        maps[:, region, region] = 1
    alike = torch.ones(2, 4, 4, 4)
    assert float(region_discrimination(region_vectors(alike, maps))) == pytest.approx(
        math.log(4), rel=1e-4
    )
    clear = maps.clone()
    assert float(region_discrimination(region_vectors(clear, maps), 0.02)) == pytest.approx(
        0, abs=1e-4
    )


def test_both_inputs_get_a_finite_gradient_even_from_an_empty_region():
    embeddings = torch.randn(2, 3, 4, 4, requires_grad=True)
    maps = torch.rand(2, 3, 4, 4)
    maps[:, 0] = 0
    maps.requires_grad_()
    region_discrimination(region_vectors(embeddings, maps)).backward()
    assert torch.isfinite(embeddings.grad).all() and embeddings.grad.any()
    assert torch.isfinite(maps.grad).all() and maps.grad.any()


@pytest.mark.parametrize(
    ("embeddings", "maps"),
    [
        ((2, 3, 4, 4), (1, 3, 4, 4)),
        ((2, 3, 4, 4), (2, 3, 4, 5)),
        ((2, 3, 4), (2, 3, 4)),
    ],
)
def test_maps_that_do_not_fit_are_refused(embeddings, maps):
    with pytest.raises(ValueError, match="Expected"):
        region_vectors(torch.ones(embeddings), torch.ones(maps))


def test_unsuitable_input_is_refused():
    with pytest.raises(ValueError, match="Expected"):
        region_discrimination(torch.ones(2, 3, 4, 4))
    with pytest.raises(ValueError, match="temperature"):
        region_discrimination(torch.ones(2, 3, 4), 0)
