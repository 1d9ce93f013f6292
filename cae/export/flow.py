"""What may be told of how a group came about."""

from dataclasses import replace

from cae.cohorts.attrition import Attrition, Change
from cae.cohorts.selection import LEFT_OUT
from cae.export.redaction import Disclosure


def told_flow(found: Attrition, told: Disclosure) -> Attrition:
    """Return a flow; of steps that may tell who a patient is, only counts are left."""
    changes = tuple(
        replace(change, reason=_reason(change, told), event={}) for change in found.changes
    )
    return replace(found, changes=changes, remark=told.details([found.remark])[0])


def _reason(change: Change, told: Disclosure) -> str:
    reason: str = told.details([change.reason])[0]
    return reason if told.details(change.event) == change.event else LEFT_OUT
