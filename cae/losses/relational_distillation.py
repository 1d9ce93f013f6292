"""Relations of images as a teacher sees them, learnt by a student."""

import torch
from torch import Tensor
from torch.nn import functional


def relational_distillation(
    embeddings: Tensor, features: Tensor, temperature: float, teacher_temperature: float
) -> Tensor:
    """Return how far relations among a batch's embeddings are from those among features of them.

    Each image relates to every other one of the batch by a softmax over cosines; the loss is the
    Kullback–Leibler divergence of the embeddings' from the teacher's, at the mean of all images and
    views. Only relations count, so that both may have any number of dimensions.

    Args:
        embeddings: (V, N, d), view v of image i at [v, i]; any length of vector.
        features: (N, F), what the teacher says of each image; any length of vector.
        temperature: of the embeddings' softmax, > 0.
        teacher_temperature: of the teacher's, > 0; a lower one tells more of the nearest images.

    Returns:
        A scalar; 0 where N is 1, and where both relate images alike.

    Source: the objective of SEED (Fang et al. 2021, arXiv 2101.04731, eq. 5), among the images of a
    batch in the place of a queue.
    """
    if len(features) == 1:
        return embeddings.new_zeros(())
    # In 16 bits, cosines of near-alike images would be one number.
    with torch.autocast(embeddings.device.type, enabled=False):
        expected = _relations(features[None].float(), teacher_temperature).detach()
        found = _relations(embeddings.float(), temperature)
        divergence = functional.kl_div(
            found, expected.expand_as(found), reduction="sum", log_target=True
        )
    return divergence / (len(embeddings) * len(features))


def _relations(vectors: Tensor, temperature: float) -> Tensor:
    """Return the log-softmax over each image's cosines (V, N, N − 1) with all others."""
    unit = functional.normalize(vectors, dim=-1)
    cosines = unit @ unit.transpose(1, 2)
    count = vectors.shape[1]
    # From the second number on, every (N + 1)th lies on the diagonal.
    after_first = cosines.flatten(1)[:, 1:].view(-1, count - 1, count + 1)
    among_others = after_first[..., :-1].reshape(-1, count, count - 1)
    return (among_others / temperature).log_softmax(-1)
