"""Which maps of a study whoever uses this session may see."""

from cae.access.roles import Role
from cae.study.maps import Projection, list_projections
from cae.study.study import Study
from pages.components.kit.rights import may


def seen_projections(study: Study) -> list[Projection]:
    """Return what `list_projections` does, without the maps of studies that one may not see."""
    beside = study.path.parent
    return [
        one
        for one in list_projections(study)
        if not one.study or may(Role.LOOK, beside / one.study)
    ]
