"""Who did what to a cohort, and when: a line of the log."""

from dataclasses import dataclass
from datetime import datetime

SAVED, RENAMED, NOTED, TAGGED = "saved", "renamed", "noted", "tagged"
FROZEN, DELETED, RESTORED, EXPORTED = "frozen", "deleted", "restored", "exported"
_SOMEBODY = "somebody"
_WORDS = {
    RENAMED: "renamed {detail} to {name}",
    NOTED: "changed the note of {name}",
    TAGGED: "changed the tags of {name}",
    FROZEN: "froze {name}",
    EXPORTED: "exported {name}{remark}",
}


@dataclass(frozen=True)
class Act:
    """What somebody did to a cohort.

    Attributes:
        cohort: its id.
        name: what it was called then.
        version: that it had afterwards, see `cae.cohorts.cohort.Cohort`.
        what: saved, renamed, noted, tagged, frozen, deleted, restored or exported.
        who: as the computer or the sign-in knows him, empty where it does not.
        made: when, UTC, ISO 8601.
        detail: the name, note, tags or query before it; of an export, what it held beyond images.
    """

    cohort: int
    name: str
    version: int
    what: str
    who: str
    made: str
    detail: str = ""

    @property
    def words(self) -> str:
        """Who did what and when, such as ``anna renamed “a” to “b” on 3 May 2026, 09:30 UTC``."""
        return f"{self.deed} on {when(self.made)}"

    @property
    def deed(self) -> str:
        """Who did what, such as ``anna renamed “a” to “b”``."""
        said = _WORDS.get(self.what, f"{self.what} {{name}}")
        remark = f" with {self.detail}" if self.detail else ""
        told = said.format(name=f"“{self.name}”", detail=f"“{self.detail}”", remark=remark)
        return f"{self.who or _SOMEBODY} {told}"


def when(moment: str) -> str:
    """Return a time (ISO 8601, UTC) as people write it, such as ``21 Nov 2026, 09:30 UTC``."""
    time = datetime.fromisoformat(moment)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"
