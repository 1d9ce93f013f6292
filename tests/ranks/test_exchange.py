import pytest
import torch

from cae.ranks.exchange import alone, count, from_first, gathered, number, to_first


def values(seed: int = 0) -> torch.Tensor:
    return torch.randn(4, 8, 6, generator=torch.Generator().manual_seed(seed))


def gather_and_weigh(dim: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    own = values().to(dtype).chunk(2, dim)[number()].clone().requires_grad_()
    whole = gathered(own, dim)
    # Each process weighs the whole its own way.
    (whole * (1 + number()) * values(1)).sum().backward()
    assert own.grad is not None
    return whole.detach(), own.grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_all_get_the_whole_and_gradients_of_all_go_back(together, dim, dtype):
    found = together(gather_and_weigh, dim, dtype)
    for whole, _ in found:
        torch.testing.assert_close(whole, values().to(dtype).float(), rtol=0, atol=0)
    gradients = torch.cat([gradient for _, gradient in found], dim)
    torch.testing.assert_close(gradients, (3 * values(1)).to(dtype))


def gather_labels() -> torch.Tensor:
    return gathered(torch.tensor([[number(), -1]]))


def test_whole_numbers_are_gathered_too(together):
    for found in together(gather_labels):
        assert found.tolist() == [[0, -1], [1, -1]]


def tell() -> tuple[int, list[int], list[str]]:
    made = []

    def make() -> str:
        made.append(number())
        return f"by {number()}"

    return from_first(lambda: (make(), count())), to_first(number()), made


def test_the_first_tells_and_is_told(together):
    first, second = together(tell)
    assert first == (("by 0", 2), [0, 1], [0])
    assert second == (("by 0", 2), [], [])


def compute_alone() -> tuple[int, int, list[int], int]:
    with alone():
        inside = count(), number(), gathered(torch.arange(3)).tolist()
    return (*inside, count())


def test_alone_a_process_is_the_only_one(together):
    assert together(compute_alone) == 2 * [(1, 0, [0, 1, 2], 2)]


def test_one_process_gets_its_own_back():
    own = torch.rand(3)
    assert gathered(own) is own
    assert (count(), number(), from_first(lambda: 7), to_first(7)) == (1, 0, 7, [7])
