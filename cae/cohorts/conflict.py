"""Two people changed one cohort: the later learns of it, and nothing of either is lost."""

from collections.abc import Sequence

from cae.cohorts.act import Act
from cae.cohorts.cohort import Cohort
from cae.errors import CaeError

_MOST_TOLD = 3


class ConflictError(CaeError):
    """A cohort was changed by somebody else since it was looked at; nothing was stored.

    Attributes:
        now: the cohort as it is, perhaps deleted; a change that is made from it holds.
    """

    def __init__(self, now: Cohort, meanwhile: Sequence[Act]) -> None:
        """Say what happened meanwhile.

        Args:
            now: the cohort as it is.
            meanwhile: what was done to it since it was looked at, oldest first.
        """
        told = "; ".join(act.words for act in meanwhile[-_MOST_TOLD:])
        advice = "restore it" if now.deleted else "look at it as it is now"
        super().__init__(
            f"The cohort “{now.name}” is no longer as you saw it"
            f"{f': {told}' if told else ''}. Nothing was stored; {advice} and do it again."
        )
        self.now = now
