"""What a teacher sees in images, foretold by a student."""

import torch
from torch import Tensor
from torch.nn import functional


def feature_distillation(embeddings: Tensor, features: Tensor) -> Tensor:
    """Return how far embeddings of images and views point from what a teacher says of the images.

    The loss is one minus the cosine, at the mean of all images and views. Where one has more
    numbers than the other, it is asked for in as many as both have; features are principal
    components, of which the first say most.

    Args:
        embeddings: (V, N, d), view v of image i at [v, i]; any length of vector.
        features: (N, F), what the teacher says of each image; any length of vector.

    Returns:
        A scalar, 0–2; 0 where embeddings and features point the same way.

    Source: the regression of normalised features (SimReg, Navaneet et al. 2021, arXiv 2201.05131),
    whose squared distance is twice this.
    """
    shared = min(embeddings.shape[-1], features.shape[-1])
    # In 16 bits, cosines near one would be one number.
    with torch.autocast(embeddings.device.type, enabled=False):
        expected = features[None, :, :shared].float().detach()
        found = embeddings[..., :shared].float()
        return (1 - functional.cosine_similarity(found, expected, dim=-1)).mean()
