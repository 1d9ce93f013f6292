"""What two studies of the same images agree about, and which columns each knows."""

from dataclasses import asdict, dataclass
from typing import Any

from cae.cohorts.bootstrap import FEWEST_UNITS
from cae.evaluation.held_out import foreign_words, is_held_out
from cae.evaluation.two_studies.arrangement import STAGES, Arrangement, arrangement_of
from cae.evaluation.two_studies.both import Both, both_of
from cae.evaluation.two_studies.columns import columns_in, examples_of, knowledge_of
from cae.evaluation.two_studies.knowledge import READINGS, Knowledge
from cae.progress import Progress, silent
from cae.study.study import Study


@dataclass(frozen=True)
class Agreement:
    """What two studies of the same images agree about.

    Attributes:
        names: of the folders of both studies.
        images: how many each holds.
        shared: how many are in both.
        unit: patient or image: what intervals are drawn of.
        arrangement: how alike both arrange the images.
        columns: what each study knows of them, in the table's order.
        left_out: columns that are not told of, and why.
        remarks: what has to be known before any figure is read, as sentences.
    """

    names: tuple[str, str]
    images: tuple[int, int]
    shared: int
    unit: str
    arrangement: Arrangement
    columns: tuple[Knowledge, ...]
    left_out: dict[str, str]
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        return asdict(self)


def agreement_of(first: Study, second: Study, progress: Progress = silent) -> Agreement:
    """Compare two studies of the same images.

    Images are matched by `shared_by`, and neighbours are sought among these alone. What columns are
    learnt from and measured on is told by `examples_of`; where a study's model was trained on
    another split than its present one, none is. Intervals are of 95 %, from bootstraps of
    patients, or of images where patients are unknown.

    Args:
        first: with latents; of columns that both have, its own are taken.
        second: with latents.
        progress: told of every part, and of every reading of a column.

    Raises:
        CaeError: a study has no latents, or they share fewer than 20 images.
    """
    both = both_of(first, second, progress)
    variables, left_out = columns_in(both)
    former = [study.path.name for study in both.studies if not is_held_out(study)]
    if former:
        reason = f"{' and '.join(former)} learnt from another split than the present one"
        left_out |= dict.fromkeys((one.column for one in variables), reason)
        variables = ()
    total = STAGES + READINGS * len(variables)
    arrangement = arrangement_of(both, lambda done, _, message="": progress(done, total, message))
    examples, remarks = examples_of(both)
    columns, unknown = knowledge_of(
        both,
        variables,
        examples,
        lambda done, _, message="": progress(STAGES + done, total, message),
    )
    return Agreement(
        names=(first.path.name, second.path.name),
        images=(len(first), len(second)),
        shared=len(both),
        unit=both.unit,
        arrangement=arrangement,
        columns=columns,
        left_out=left_out | unknown,
        remarks=(
            *_remarks(both),
            *filter(None, map(foreign_words, both.studies)),
            *remarks,
            *_few(columns, both.unit),
        ),
    )


def _remarks(both: Both) -> tuple[str, ...]:
    """Return how images were matched where that is not plain."""
    said = []
    if both.shared.renamed:
        said.append(f"{both.shared.renamed:,} images have other ids, and were known by pixels.")
    if both.shared.changed:
        said.append(
            f"{both.shared.changed:,} images are left out: their ids are the same, their pixels "
            "are not."
        )
    return tuple(said)


def _few(columns: tuple[Knowledge, ...], unit: str) -> tuple[str, ...]:
    if all(one.test_units >= FEWEST_UNITS for one in columns):
        return ()
    return (
        f"Where fewer than {FEWEST_UNITS} {unit}s are tested, neither intervals nor tests are "
        "given.",
    )
