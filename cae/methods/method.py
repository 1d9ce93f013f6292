"""What the training loop asks of a method."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd
from torch import Tensor, nn

from cae.methods.settings import TrainingSettings
from cae.plugins import load

Losses = dict[str, Tensor]
SettingsT = TypeVar("SettingsT", bound=TrainingSettings)


class Stage(NamedTuple):
    """A part of a training.

    Attributes:
        first_epoch: the epoch that begins it, from 0.
        new_loss: whether other things are learnt from it on, so that the search for the best
            weights starts again; else those that were best are validated anew with its groups.
    """

    first_epoch: int
    new_loss: bool = True


class Grouping(NamedTuple):
    """What the beginning of a stage finds out about N training and M validation images, in order.

    Attributes:
        groups: int64, (N + M,), the group of each image, −1 for none.
        positives: int64, (N + M, P), images a view of which may stand for a view of each image: it
            itself, and others to train on. P is 0 where only its own views are positives.
    """

    groups: np.ndarray
    positives: np.ndarray


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of N images beside their pixels.

    Attributes:
        samples: one row per image.
        train_rows: rows to train on.
        masks: uint8, (N, H, W, M), or None.
        mask_names: of the M masks.
        latents: float32, (N, d), those in use; None where there are none.
    """

    samples: pd.DataFrame
    train_rows: np.ndarray
    masks: np.ndarray | None = None
    mask_names: tuple[str, ...] = ()
    latents: np.ndarray | None = None


class Method(nn.Module, Generic[SettingsT]):
    """A way to train: a module whose call returns the weighted losses of one step, by name.

    Their sum is minimised. A method may train in stages, of which each but the first begins with a
    look at the latents of all training images.

    Attributes:
        title: on screen.
        sentence: what it learns, for people.
        Settings: how it is trained.
        model: what its trained module is kept in, as ``module:class``.
        steps: the steps of a study that it goes through, training first.
    """

    title: ClassVar[str]
    sentence: ClassVar[str]
    Settings: ClassVar[type[TrainingSettings]]
    model: ClassVar[str] = "cae.model:Model"
    steps: ClassVar[tuple[str, ...]] = ("train", "encode", "project", "cluster")

    @classmethod
    def untrained(cls, images: np.ndarray, settings: SettingsT, known: Known) -> "Trainable":
        """Return an untrained model for images (N, S, S, C)."""
        model: Trainable = load(cls.model).for_images(images, settings)
        return model

    @classmethod
    def groups(cls, settings: SettingsT, known: Known) -> np.ndarray | None:
        """Return the classes to learn from, int64 (N,) or (N, L), −1 where one is not known.

        None where the method finds its own or needs none.
        """
        return None

    @classmethod
    def features(cls, settings: SettingsT, known: Known) -> np.ndarray | None:
        """Return what else of each image a step is given, float (N, F); None for nothing."""
        return None

    @classmethod
    def stages(cls, settings: SettingsT) -> tuple[Stage, ...]:
        """Return the stages of a training, the first of which begins with epoch 0."""
        return (Stage(0),)

    @property
    def views(self) -> int:
        """Augmented views wanted of an image; none here."""
        return 0

    @property
    def has_teacher(self) -> bool:
        """Whether it learns from features of a network that was trained before; not here."""
        return False

    def forward(
        self, images: Tensor, views: Tensor, groups: Tensor, features: Tensor | None = None
    ) -> Losses:
        """Return the losses of one step.

        Args:
            images: (N, C, S, S), 0–1.
            views: (V, N, C, S, S), V augmented views of each image or of one of its positives.
            groups: (N,), or (N, L) for L clinical labels; −1 where an image is in no group.
            features: (N, F), what a teacher says of each image, or `Method.features`, where the
                method has one.
        """
        raise TypeError(f"{type(self).__name__} says nothing of its losses.")

    def encode(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1 to latents (N, d)."""
        raise TypeError(f"{type(self).__name__} has no latents.")

    def begin(self, images: Tensor) -> list[Tensor]:
        """Get ready for training with a sample of its images (N, C, S, S) in 0–1.

        Returns the parameters that begin near their end, and so need only small steps.
        """
        return []

    def begin_step(self, share: float) -> None:
        """Get ready for a step before which `share` of the training's steps are made, 0–1."""

    def step_done(self) -> None:
        """Take note that the optimiser has made a step."""

    def finish(self, images: Tensor) -> None:
        """Set what is computed from a sample of training images (N, C, S, S) when all is learnt."""

    def begin_stage(
        self, number: int, latents: np.ndarray, held_out: np.ndarray, seed: int
    ) -> Grouping:
        """Get ready for a stage after the first, by what parameters and buffers can hold.

        Where processes train together, only the first of them calls it.

        Args:
            number: of the stage, 1 for the second.
            latents: (N, d), present latents of the training images.
            held_out: (M, d), those of the validation images, of which nothing may be learnt; they
                are put where training found that they belong, so that both have the same loss.
            seed: of every random choice.
        """
        count = len(latents) + len(held_out)
        return Grouping(np.full(count, -1), np.empty((count, 0), np.int64))


class Trainable(Protocol):
    """A model as the training loop sees it."""

    @property
    def module(self) -> Method[Any]:
        """What returns the losses of a step and knows its stages."""

    @property
    def moves(self) -> nn.Module:
        """Moves the images of a training batch, of which views are then made."""

    @property
    def augmentation(self) -> nn.Module:
        """What makes one random view of every image of a batch."""

    def save(self, folder: Path) -> None:
        """Write the model."""
