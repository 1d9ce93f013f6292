"""What groups of a study are taken from, put together once for each of its states."""

from cae.cohorts.material import Material, material_of
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.state.study_view import corrected_key


def study_material(study: Study) -> Material:
    """Return what groups are taken from."""
    return _material(corrected_key(study), study)


@cache_resource(max_entries=4)
def _material(key: tuple[object, ...], _study: Study) -> Material:
    return material_of(_study)
