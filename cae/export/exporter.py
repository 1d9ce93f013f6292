"""The one way in which everything leaves."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

What = TypeVar("What", contravariant=True)


class Exporter(Protocol[What]):
    """The signature of every ``export_…`` of this room."""

    def __call__(
        self,
        study: "Study",
        what: What,
        out: Path,
        /,
        *,
        identifying: bool = False,
        progress: Progress = silent,
    ) -> Path:
        """Write `what`, which belongs to `study`, to `out` and return it.

        What may tell who a patient is stays out unless it is asked for with `identifying`.
        Provenance goes with it or in it. A second export of the same is the same, byte for byte.
        Memory does not grow with the number of images.

        Raises:
            CaeError: the place is full or cannot be written to; then, as after any other
                failure, what was at `out` is as it was.
        """
