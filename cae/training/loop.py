"""The training loop: epochs of steps, validation, checkpoints, early stop."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cae.augment.augmentation import PRESETS
from cae.errors import CaeError
from cae.methods.method import Grouping, Losses, Trainable
from cae.methods.settings import ImageSettings, TrainingSettings
from cae.model import Model, as_shown, to_tensor
from cae.progress import Progress, silent
from cae.ranks import exchange
from cae.ranks.batch_norm import with_joint_batch_norm
from cae.storage import atomic_path, write_array
from cae.training.array_feed import Feed, array_feed
from cae.training.checkpoint import (
    TEACHER_FILE,
    load_checkpoint,
    remove_checkpoint,
    save_checkpoint,
)
from cae.training.precision import fabric_for
from cae.training.schedule import warm_up_then_cosine

HISTORY = "history.jsonl"
_ENCODE_CHUNK = 512
_MOST_BEGUN_WITH = 4096
_MOST_BEGUN_VALUES = 2**26
# Of the learning rate, for parameters that training begins with near their end.
_SMALL_STEPS = 0.1


@dataclass
class _State:
    """What a training knows after an epoch, beside weights and optimiser."""

    epoch: int = 0
    groups: Tensor = field(default_factory=lambda: torch.empty(0))
    positives: Tensor = field(default_factory=lambda: torch.empty(0, 0))
    best_loss: float = math.inf
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    images: np.ndarray,
    train_rows: np.ndarray,
    val_rows: np.ndarray,
    settings: TrainingSettings,
    folder: Path,
    progress: Progress = silent,
    groups: np.ndarray | None = None,
    untrained: Callable[[np.ndarray, Any], Trainable] = Model.for_images,
    features: np.ndarray | None = None,
) -> Trainable:
    """Train a model and write it to `folder`.

    After every epoch the state goes to a checkpoint there and the losses to ``history.jsonl``
    (one object per epoch: epoch, ``train_*`` and ``val_*`` losses, images_per_second, seconds).
    When `folder` holds a checkpoint of the same settings and images, training goes on from it;
    as every epoch draws its random numbers from the seed and its own number, the weights on the
    same machine then equal those of an uninterrupted run. The weights with the lowest validation
    loss are kept; without validation images, those of the last epoch.

    Processes that train together (`cae.ranks`) all call this with the same arguments. Each takes
    its part of every batch, which gets as many images less as the processes cannot share evenly;
    losses, batch norm and gradients are those of the joint batch, and only views are drawn by each
    process for itself. The first one alone writes files and tells of progress.

    Args:
        images: uint8, (N, S, S, C); may be memory-mapped.
        train_rows: rows to train on, at least two.
        val_rows: rows to validate on; may be empty.
        settings: how to train.
        folder: where model, history and checkpoint go.
        progress: told of every step, in images.
        groups: int64, (N,) or (N, L), what is known of each image, −1 where nothing; methods that
            find groups themselves need none.
        untrained: makes the model from images and settings.
        features: (N, F), what the method is told of each image, of which no teacher is asked then;
            may be memory-mapped.

    Raises:
        CaeError: too few images, unsuitable settings, or a damaged checkpoint.
    """
    if len(train_rows) < 2:
        raise CaeError(
            f"Training needs at least two images in the split 'train', but there are "
            f"{len(train_rows)}; add images or change the splits."
        )
    trainer = _Trainer(images, train_rows, val_rows, settings, groups, untrained, features)
    trainer.resume(folder)
    trainer.ask_teacher(folder, progress)
    while not trainer.is_finished:
        trainer.run_epoch(progress)
        trainer.save(folder)
    model = trainer.best_model()

    def keep() -> None:
        model.save(folder)
        remove_checkpoint(folder)

    exchange.from_first(keep)
    return model


def parameter_groups(
    module: nn.Module, begun: list[Tensor], learning_rate: float
) -> list[dict[str, Any]]:
    """Return a module's parameters as an optimiser's groups; those `begun` move by small steps."""
    known = {id(parameter) for parameter in begun}
    others = [parameter for parameter in module.parameters() if id(parameter) not in known]
    groups: list[dict[str, Any]] = [{"params": others, "lr": learning_rate}]
    if begun:
        groups.append({"params": begun, "lr": _SMALL_STEPS * learning_rate})
    return groups


class _Trainer:
    def __init__(
        self,
        images: np.ndarray,
        train_rows: np.ndarray,
        val_rows: np.ndarray,
        settings: TrainingSettings,
        groups: np.ndarray | None,
        untrained: Callable[[np.ndarray, Any], Trainable],
        features: np.ndarray | None,
    ) -> None:
        self.images, self.train_rows, self.val_rows = images, train_rows, val_rows
        self.settings = settings
        if groups is None:
            groups = np.full(len(images), -1)
        self.state = _State(
            groups=torch.from_numpy(groups.copy()),
            positives=torch.empty((len(images), 0), dtype=torch.int64),
        )
        self.fabric = fabric_for("auto")
        self.images_of = array_feed(images, self.fabric.device)
        torch.manual_seed(settings.seed)
        self.model = untrained(images, settings)
        most = max(1, min(_MOST_BEGUN_WITH, _MOST_BEGUN_VALUES // images[0].size))
        self.sample = np.unique(train_rows[np.linspace(0, len(train_rows) - 1, most).astype(int)])
        begun = self.model.module.begin(to_tensor(images[self.sample]))
        optimiser = torch.optim.AdamW(
            parameter_groups(self.model.module, begun, settings.learning_rate),
            weight_decay=settings.weight_decay,
            # On processors it computes other last bits than before, and gains little.
            fused=self.fabric.device.type == "cuda",
        )
        self.processes, self.number = exchange.count(), exchange.number()
        self.batch = _shared_batch(min(settings.batch, len(train_rows)), self.processes)
        self.steps = len(train_rows) // self.batch
        self.schedule = warm_up_then_cosine(optimiser, settings.epochs * self.steps)
        self.stages = self.model.module.stages(settings)
        if self.processes > 1:
            with_joint_batch_norm(self.model.module, self.fabric.device)
        self.module, self.optimiser = self.fabric.setup(self.model.module, optimiser)
        self.move = self.fabric.to_device(self.model.moves)
        self.augment = self.fabric.to_device(self.model.augmentation)
        self.features_of = None if features is None else self._feed_of(features)
        # As many images as the teacher is asked about before the first epoch.
        is_asked = self.model.module.has_teacher and features is None
        self.asked = len(train_rows) + len(val_rows) if is_asked else 0

    def ask_teacher(self, folder: Path, progress: Progress) -> None:
        """Learn what the teacher says of all images, where the method has one; once a training."""
        settings = self.settings
        if not (self.asked and isinstance(settings, ImageSettings)):
            return

        def tell(done: int, total: int, message: str = "") -> None:
            progress(done, self._whole, message)

        # Slow to import, and trainings without a teacher need not wait for it.
        from cae.training.teacher import teacher_features

        file = folder / TEACHER_FILE

        def ask() -> None:
            if self.state.epoch == 0 or not file.exists():
                rows = self.train_rows, self.val_rows
                turns = PRESETS[settings.preset].quarter_turns
                found = teacher_features(self.images, *rows, turns, settings.seed, tell)
                write_array(file, found)

        exchange.from_first(ask)
        self.features_of = self._feed_of(np.load(file, mmap_mode="r", allow_pickle=False))

    @property
    def is_finished(self) -> bool:
        """Whether all epochs are run, or none of the last ones was better."""
        since_best = self.state.epoch - self.state.best_epoch
        last_start = max(stage.first_epoch for stage in self.stages if stage.new_loss)
        given_up = since_best >= self.settings.patience and self.state.epoch > last_start
        return self.state.epoch >= self.settings.epochs or given_up

    def run_epoch(self, progress: Progress) -> None:
        """Train for one epoch, validate, and remember the weights if they are the best."""
        # Everything random in an epoch follows from the seed and its number, so that a resumed
        # training draws what an uninterrupted one would have drawn.
        seed = _mixed_seed(self.settings.seed, self.state.epoch)
        torch.manual_seed(seed)
        started = time.perf_counter()
        self._begin_stage(seed)
        order = self.train_rows[torch.randperm(len(self.train_rows)).numpy()]
        if self.processes > 1:
            self._agree()
            torch.manual_seed(_mixed_seed(self.settings.seed, self.state.epoch, self.number))
        self.module.train()
        losses = _Means()
        for step in range(self.steps):
            # In the order drawn: methods pair the halves of a batch, and rows are often sorted by
            # label. Not side by side, so that several processes pair as one does.
            batch = order[step * self.batch : (step + 1) * self.batch]
            rows = batch[self.number :: self.processes]
            done = self.state.epoch * self.steps + step
            self.model.module.begin_step(done / (self.settings.epochs * self.steps))
            terms = self._losses(rows)
            self.optimiser.zero_grad()
            self.fabric.backward(_sum(terms))
            self.optimiser.step()
            self.model.module.step_done()
            self.schedule.step()
            losses.add(terms, len(rows))
            self._tell(progress, step + 1, time.perf_counter() - started)
        seconds = time.perf_counter() - started
        self.state.epoch += 1
        record: dict[str, float] = {"epoch": self.state.epoch}
        training = losses.means()
        record |= {f"train_{name}": value for name, value in training.items()}
        validation = self._validate()
        self._require_numbers([*training.values(), *validation.values()])
        record |= {f"val_{name}": value for name, value in validation.items()}
        record["images_per_second"] = round(self.steps * self.batch / seconds, 1)
        record["seconds"] = round(time.perf_counter() - started, 3)
        self.state.history.append(record)
        self._keep_best(sum(validation.values()) if validation else -math.inf)

    def _begin_stage(self, seed: int) -> None:
        """Begin the stage that begins with this epoch, if there is one."""
        starts = [stage.first_epoch for stage in self.stages]
        if self.state.epoch == 0 or self.state.epoch not in starts:
            return
        number = starts.index(self.state.epoch)
        rows = np.concatenate([self.train_rows, self.val_rows])
        own = np.array_split(rows, self.processes)[self.number]
        parts = exchange.to_first(self._latents(own))

        def begin() -> Grouping:
            latents, held_out = np.split(np.concatenate(parts), [len(self.train_rows)])
            return self.model.module.begin_stage(number, latents, held_out, seed % 2**31)

        found = exchange.from_first(begin)
        self.state.groups[rows] = torch.from_numpy(found.groups)
        itself = torch.arange(len(self.images))[:, None]
        self.state.positives = itself.repeat(1, found.positives.shape[1])
        self.state.positives[rows] = torch.from_numpy(rows[found.positives])
        if self.stages[number].new_loss:
            self.state.best_loss, self.state.best_epoch = math.inf, self.state.epoch
        elif self.state.best_weights and len(self.val_rows) > 1:
            self.state.best_loss = self._best_loss()

    def _best_loss(self) -> float:
        """Return the validation loss of the best weights with the groups there are now."""
        module = self.model.module
        present = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        with torch.random.fork_rng():
            module.load_state_dict(self.state.best_weights)
            loss = sum(self._validate().values())
        module.load_state_dict(present)
        return loss

    def _agree(self) -> None:
        """Take over the weights and buffers of the first process, such as those of a new stage.

        Other processors may have computed the last bits of them otherwise.
        """
        state = exchange.from_first(
            lambda: {name: one.cpu() for name, one in self.model.module.state_dict().items()}
        )
        self.model.module.load_state_dict(state)

    @torch.no_grad()
    def _latents(self, rows: np.ndarray) -> np.ndarray:
        self.module.eval()
        parts = [
            self.model.module.encode(self._load(rows[start : start + _ENCODE_CHUNK])).float()
            for start in range(0, len(rows), _ENCODE_CHUNK)
        ]
        return torch.cat(parts).cpu().numpy()

    def best_model(self) -> Trainable:
        """Return the model with the best weights so far, on the processor."""
        self.model.module.load_state_dict(self.state.best_weights)
        self.model.module.cpu().eval().finish(to_tensor(self.images[self.sample]))
        return self.model

    def save(self, folder: Path) -> None:
        """Write checkpoint and history."""
        if self.number > 0:
            return
        save_checkpoint(folder, self._identity() | self._snapshot())
        with atomic_path(folder / HISTORY) as temporary:
            lines = (json.dumps(record) for record in self.state.history)
            temporary.write_text("\n".join(lines) + "\n", "utf-8")

    def resume(self, folder: Path) -> None:
        """Take over the checkpoint in `folder` if it is of this very training."""
        checkpoint = exchange.from_first(lambda: load_checkpoint(folder))
        identity = self._identity()
        if checkpoint is None or any(checkpoint.get(key) != identity[key] for key in identity):
            return
        self.module.load_state_dict(checkpoint["weights"])
        self.optimiser.load_state_dict(checkpoint["optimiser"])
        self.schedule.load_state_dict(checkpoint["schedule"])
        self.state = _State(**checkpoint["state"])

    def _identity(self) -> dict[str, Any]:
        return {
            "settings": self.settings.to_dict(),
            "images": [len(self.train_rows), len(self.val_rows), *self.images.shape],
            # Those of another version of the networks or of their optimiser do not fit.
            "parameters": [
                [list(parameter.shape) for parameter in group["params"]]
                for group in self.optimiser.param_groups
            ],
        }

    def _snapshot(self) -> dict[str, Any]:
        return {
            "weights": self.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "state": vars(self.state),
        }

    def _losses(self, rows: np.ndarray) -> Losses:
        images = self._load(rows)
        with torch.no_grad():
            if self.module.training:
                images = self.move(images)
            shown = [images] * self.model.module.views
            if shown and self.state.positives.shape[1]:
                shown[-1] = self._load(self._drawn_positives(rows))
            views = [self.augment(batch) for batch in shown]
            stacked = torch.stack(views) if views else images.new_empty((0, *images.shape))
        groups = self.fabric.to_device(self.state.groups[rows])
        features = None if self.features_of is None else self.features_of(rows).float()
        losses: Losses = self.module(images, stacked, groups, features)
        return losses

    def _load(self, rows: np.ndarray) -> Tensor:
        return as_shown(self.images_of(rows))

    def _feed_of(self, features: np.ndarray) -> Feed:
        return array_feed(features, self.fabric.device)

    def _drawn_positives(self, rows: np.ndarray) -> np.ndarray:
        positives = self.state.positives[rows]
        drawn = torch.randint(positives.shape[1], (len(rows), 1))
        return positives.gather(1, drawn).squeeze(1).numpy()

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        if len(self.val_rows) < 2:
            return {}
        # The same batches and views in every epoch, so that epochs can be compared. Rows that lie
        # side by side are often of one patient or label, of which a batch should not consist.
        torch.manual_seed(self.settings.seed)
        order = self.val_rows[torch.randperm(len(self.val_rows)).numpy()]
        self.module.eval()
        losses = _Means()
        starts = range(0, len(self.val_rows) - 1, self.batch)
        with exchange.alone():
            for start in starts[self.number :: self.processes]:
                rows = order[start : start + self.batch]
                losses.add(self._losses(rows), len(rows))
        return losses.means()

    def _require_numbers(self, losses: list[float]) -> None:
        """Raise `CaeError` where a loss, or a weight after the epoch's last step, is no number."""
        weights = (tensor for tensor in self.model.module.state_dict().values())
        if not all(map(math.isfinite, losses)) or not all(
            bool(tensor.isfinite().all()) for tensor in weights
        ):
            raise CaeError(
                "Training diverged: the loss is no longer a number; "
                "train again with a lower learning rate."
            )

    def _keep_best(self, loss: float) -> None:
        if loss < self.state.best_loss or loss == -math.inf:
            self.state.best_loss = loss
            self.state.best_epoch = self.state.epoch
            self.state.best_weights = {
                name: tensor.detach().cpu().clone()
                for name, tensor in self.model.module.state_dict().items()
            }

    @property
    def _whole(self) -> int:
        """How many images are looked at in all, those that the teacher looks at first included."""
        return self.asked + self.settings.epochs * self.steps * self.batch

    def _tell(self, progress: Progress, step: int, seconds: float) -> None:
        done = self.state.epoch * self.steps + step
        rate = step * self.batch / seconds
        progress(
            self.asked + done * self.batch,
            self._whole,
            f"epoch {self.state.epoch + 1} of {self.settings.epochs} · {rate:,.0f} images/s",
        )


class _Means:
    """Means of named losses over batches of different sizes, of all processes."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.count = 0

    def add(self, losses: dict[str, Tensor], count: int) -> None:
        # Added up where they are: to ask a GPU for a number is to wait for all it has begun.
        for name, loss in losses.items():
            weighed = loss.detach().double() * count
            self.sums[name] = self.sums[name] + weighed if name in self.sums else weighed
        self.count += count

    def means(self) -> dict[str, float]:
        own = {name: float(value) for name, value in self.sums.items()}
        parts = exchange.to_first((own, self.count))

        def joined() -> dict[str, float]:
            count = sum(count for _, count in parts)
            names = {name: None for sums, _ in parts for name in sums}
            return {name: sum(sums.get(name, 0.0) for sums, _ in parts) / count for name in names}

        return exchange.from_first(joined)


def _sum(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(losses.values())).sum()


def _mixed_seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _shared_batch(images: int, processes: int) -> int:
    """Return how many of a batch's images processes can share evenly.

    Raises:
        CaeError: there are more processes than images.
    """
    if images < processes:
        raise CaeError(
            f"{processes} processes cannot share batches of {images} images; start fewer of them, "
            "or train with larger batches (--batch)."
        )
    return images - images % processes
