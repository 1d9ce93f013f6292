"""Batch norm over the joint batch of several processes, on processors as on GPUs."""

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from cae.ranks.exchange import count, gathered

_Module = TypeVar("_Module", bound=nn.Module)


class JointBatchNorm(_BatchNorm):
    """Standardises by mean and variance of what all processes are given, as if one had it all.

    `torch.nn.SyncBatchNorm` does the same, but on GPUs alone. Every process is given as many
    numbers; running statistics stay equal in all of them.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, C) or (N, C, H, W) to the same."""
        if not self.training or count() == 1:
            return super().forward(maps)
        others = [dim for dim in range(maps.ndim) if dim != 1]
        with torch.autocast(maps.device.type, enabled=False):
            values = maps.float()
            of_all = gathered(torch.stack(torch.var_mean(values, others, correction=0))[None])
            variances, means = of_all.unbind(1)
            mean = means.mean(0)
            variance = variances.mean(0) + means.var(0, correction=0)
            if self.track_running_stats:
                size = count() * maps.numel() // len(mean)
                self._remember(mean.detach(), variance.detach(), size)
            shape = (1, -1, *[1] * (maps.ndim - 2))
            scale = (variance + self.eps).rsqrt()
            if self.weight is not None:
                scale = scale * self.weight
            standard = (values - mean.view(shape)) * scale.view(shape)
            if self.bias is not None:
                standard = standard + self.bias.view(shape)
            return standard.to(maps.dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        """Take batches of vectors and of maps alike."""

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, size: int) -> None:
        """Let the running statistics follow a batch of `size` numbers per channel."""
        if self.running_mean is None or self.running_var is None or self.momentum is None:
            raise TypeError("Batch norm without a running mean of a fixed momentum.")
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * (size / (size - 1)), self.momentum)


def with_joint_batch_norm(network: _Module, device: torch.device) -> _Module:
    """Return a network whose batch norm sees the joint batch; its parameters stay the very same.

    Args:
        network: it is changed.
        device: on which it will be trained.
    """
    if device.type == "cuda":
        converted: _Module = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return converted
    for part in list(network.modules()):
        for name, child in part.named_children():
            if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
                setattr(part, name, _joint(child))
    return network


def _joint(norm: _BatchNorm) -> JointBatchNorm:
    joint = JointBatchNorm(
        norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats
    )
    joint.weight, joint.bias = norm.weight, norm.bias
    for name, buffer in norm.named_buffers():
        setattr(joint, name, buffer)
    return joint.train(norm.training)
