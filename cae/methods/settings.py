"""Everything that decides how a model is trained."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from cae.errors import CaeError

# The least and the greatest weight of a clinical column.
CLINICAL_WEIGHTS = (0.01, 100.0)


@dataclass(frozen=True)
class TrainingSettings:
    """How to train; together with the images it determines the weights.

    Attributes:
        method: a key of `cae.methods.METHODS`, or of its `REFERENCES`.
        architecture: a key of `cae.networks.ARCHITECTURES`.
        preset: a key of `cae.augment.augmentation.PRESETS`.
        latent: dimensions of the latent.
        width: channels of the networks' first stage.
        epochs: passes over the training images.
        batch: images per step.
        learning_rate: the highest rate of the schedule.
        weight_decay: of AdamW.
        temperature: τ of contrastive losses.
        reconstruction_weight: λ, weight of the reconstruction loss.
        clusters: number of prototypes; 0 chooses it by the elbow of k-means. Of a classifier
            trained with labels, the number of classes.
        assignment_temperature: T of the soft assignment to prototypes.
        pseudo_classes: groups whose members are never negatives of each other.
        positives: nearest images of a pseudo-class whose views count as an image's own; 0 for
            none.
        refresh: epochs after which prototypes or pseudo-classes are found anew.
        clinical: columns of the sample table, for the method ``clinical``.
        clinical_weights: weights of their losses, in the order of `clinical`; 1 each where empty.
        patience: epochs without a better validation loss after which training stops.
        seed: seed of weights, order and views.
    """

    method: str = "contrastive"
    architecture: str = "residual"
    preset: str = "organs"
    latent: int = 64
    width: int = 32
    epochs: int = 20
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    temperature: float = 0.5
    reconstruction_weight: float = 300.0
    clusters: int = 0
    assignment_temperature: float = 0.1
    pseudo_classes: int = 20
    positives: int = 5
    refresh: int = 3
    clinical: tuple[str, ...] = ()
    clinical_weights: tuple[float, ...] = ()
    patience: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method == "clinical" and not self.clinical:
            raise CaeError(
                "The method 'clinical' learns from columns of the table; name them, as in "
                "--clinical age,severity."
            )
        if self.clinical_weights and len(self.clinical_weights) != len(self.clinical):
            raise CaeError(
                f"The weights are {len(self.clinical_weights)}, but the clinical columns "
                f"{len(self.clinical)}; give one for each, in the same order."
            )
        low, high = CLINICAL_WEIGHTS
        if not all(low <= weight <= high for weight in self.clinical_weights):
            raise CaeError(
                f"A weight of a clinical column is not within {low} to {high}; change it or leave "
                "the column out."
            )
        for name in ("latent", "width", "batch"):
            if getattr(self, name) < 2:
                raise CaeError(f"The setting {name} is {getattr(self, name)}; use at least 2.")
        if self.clusters < 0 or self.clusters == 1:
            raise CaeError(f"The setting clusters is {self.clusters}; use 0 or at least 2.")
        if self.positives < 0:
            raise CaeError(f"The setting positives is {self.positives}; use 0 or more.")
        for name in ("epochs", "patience", "pseudo_classes", "refresh"):
            if getattr(self, name) < 1:
                raise CaeError(f"The setting {name} is {getattr(self, name)}; use at least 1.")
        for name in (
            "learning_rate",
            "temperature",
            "reconstruction_weight",
            "assignment_temperature",
        ):
            if not getattr(self, name) > 0:
                raise CaeError(f"The setting {name} is {getattr(self, name)}; it must be above 0.")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the settings that `to_dict` wrote; what is absent takes its default.

        Raises:
            CaeError: a name is unknown.
        """
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise CaeError(f"There is no training setting {unknown[0]!r}; leave it out.")
        # JSON knows no tuples.
        lists = {name: tuple(values.get(name, ())) for name in ("clinical", "clinical_weights")}
        return cls(**values | lists)
