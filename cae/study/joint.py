"""Trainings that several processes do together: the first begins them, the others join in.

All else, such as reading images and drawing maps, is done by the first process alone, which also
writes all files. The others read them, so their folder must be one that all machines see.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cae.ranks.launch import process_count

if TYPE_CHECKING:
    from cae.methods.settings import TrainingSettings


class Announced(NamedTuple):
    """A training that begins.

    Attributes:
        study: the folder of the study on whose images.
        settings: how to train.
        folder: where the model goes.
    """

    study: Path
    settings: "TrainingSettings"
    folder: Path


def announce(study: Path, settings: "TrainingSettings", folder: Path) -> None:
    """Tell the other processes, where there are some, of a training that begins now."""
    _tell(Announced(study, settings, folder))


def dismiss() -> None:
    """Tell the other processes that no more trainings will come."""
    _tell(None)


def join_in() -> None:
    """Take part in every training that the first process announces, until it dismisses this one.

    Raises:
        CaeError: a study cannot be read here.
    """
    from cae.study.steps import training_of
    from cae.study.study import Study

    while (training := _tell(None)) is not None:
        training_of(Study.open(training.study), training.settings)(folder=training.folder)


def _tell(training: Announced | None) -> Announced | None:
    if process_count() == 1:
        return training
    from cae.ranks.exchange import from_first

    return from_first(lambda: training)
