"""What the small files of a study must hold to be read; study.json has `cae.study.manifest`."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from cae.columns.corrected_label import BY_HAND
from cae.documents import Count, Document, Line, Share, Text

# Of a cluster or a direction, characters.
LONGEST_NAME = 60
# Where a study keeps what it and others agree about.
AGREEMENTS = "agreements"
_MOST_LOSSES = 64
_Number = Annotated[str, Field(pattern=r"^\d{1,9}$")]


class Names(Document):
    """What ``cluster_names.json`` holds: of which clusters, and the names by number."""

    clusters: Line
    names: dict[_Number, Annotated[str, Field(max_length=LONGEST_NAME)]]


class LabelCorrection(Document):
    """An entry of ``label_corrections.json``; the rows are packed and in base64."""

    rows: Annotated[str, Field(max_length=1 << 24)]
    label: Line | None
    who: Line
    made: Line
    undone: Line | None
    how: Line = BY_HAND
    batch: Line | None = None


class LabelCorrections(Document):
    """What ``label_corrections.json`` holds."""

    format: int
    acts: list[LabelCorrection]


class KeptMap(Document):
    """What ``maps/NAME.json`` holds: the digest of the latents that the map is of."""

    latents: Line


class Facts(Document):
    """How a direction was found; what is told of it depends on its kind."""

    kind: Line
    images: Count | Annotated[list[Count], Field(min_length=2, max_length=2)] | None = None
    share: Share | None = None
    apart_in_deviations: Share | None = None
    one_deviation: Share | None = None
    explained: Share | None = None
    column: Text | None = None


class SavedDirection(Document):
    """An entry of ``directions.json``."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    latents: Line
    vector: Annotated[list[Share], Field(min_length=1, max_length=65_536)]
    facts: Facts


class Directions(Document):
    """What ``directions.json`` holds."""

    format: int
    directions: list[SavedDirection]


class Confusion(Document):
    """Which labels were mistaken for which."""

    labels: list[Line]
    counts: list[list[Count]]

    @model_validator(mode="after")
    def _is_square(self) -> "Confusion":
        if {len(self.labels)} != {len(self.counts), *map(len, self.counts)}:
            raise ValueError("should have a row and a column per label")
        return self


class Interval(Document):
    """A `cae.evaluation.reliability.Bin`."""

    low: Share
    high: Share
    images: Count
    probability: Share
    share: Share


class Figures(Document):
    """What `measure` keeps; every figure that is not named here is a number."""

    __pydantic_extra__: dict[str, Share | None]

    method: Line | None
    foreign_model: Line | None = None
    train_images: Count
    test_images: Count
    knn_accuracy: Share | None
    overclusters: Count | None
    expected_calibration_error: Share | None
    confusion: Confusion | None
    reliability: Annotated[list[Interval], Field(max_length=1_000)] | None


class KeptFigures(Document):
    """Figures, and the digests of what they were measured from."""

    measured_from: dict[Line, Line]
    figures: Figures


class KeptBaselines(Document):
    """The figures of each baseline, and the digests of what they were measured from."""

    measured_from: dict[Line, Line]
    figures: dict[Line, dict[Line, Share | None]]


class MarkCounts(Document):
    """How many marks of one kind were lost and invented, see `planted_mark_figures`."""

    mark: Line
    size_px: Count | None
    contrast: Share | None
    decoded_as: Line
    images: Count
    seen: Count
    lost: Count
    silent: Count
    invented: Count


class PlantedMarks(Document):
    """What `planted_mark_figures` returns."""

    images: Count
    false_alarms: Share
    rows: Annotated[list[MarkCounts], Field(max_length=1_000)]


class KeptMarks(Document):
    """Planted marks, and the digests of what they were measured from."""

    measured_from: dict[Line, Line]
    figures: PlantedMarks


class Report(Document):
    """What ``report.json`` holds."""

    format: int
    figures: KeptFigures | None = None
    baselines: KeptBaselines | None = None
    marks: KeptMarks | None = None


class KeptAgreement(Document):
    """What ``agreements/NAME.json`` holds; a `cae.evaluation.two_studies.Agreement` is in it."""

    format: int
    measured_from: dict[Line, Line]
    agreement: dict[str, Any]


class Epoch(Document):
    """A line of a training's history: the losses are numbers, or NaN where training failed."""

    __pydantic_extra__: dict[str, float | None]

    epoch: Count
    seconds: Share
    images_per_second: Share

    @model_validator(mode="after")
    def _is_short(self) -> "Epoch":
        if len(self.model_extra or {}) > _MOST_LOSSES:
            raise ValueError(f"should have at most {_MOST_LOSSES} losses")
        return self


# What a study may have beside the results of its steps.
SMALL_FILES: dict[str, type[Document]] = {
    "cluster_names.json": Names,
    "directions.json": Directions,
    "label_corrections.json": LabelCorrections,
    "report.json": Report,
}
