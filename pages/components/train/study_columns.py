"""Other columns of a study for its labels, patients and splits."""

import streamlit as st

from cae.access.roles import Role
from cae.imageset import Origin
from cae.sources.choices import NONE, Choices
from cae.sources.roles import ROLES, role_columns
from cae.study.roles import change_roles
from cae.study.study import Study
from pages.components.kit.action_button import action_button
from pages.components.kit.cache import cache_data
from pages.components.kit.rights import demand, withheld

_TITLES = {"label": "Labels", "patient": "Patients", "split": "Splits"}
_NOTHING = {"label": "no labels", "patient": "not known", "split": "draw a new one"}
# What a box shows before something is chosen.
_PRESENT = ""


def study_columns(study: Study) -> None:
    """Offer to take labels, patients and splits from other columns of an imported study."""
    with st.expander("Labels, patients and splits"):
        st.caption(
            "Take them from other columns; the images are not needed again. What was there before "
            "stays as a column. A model that was trained on another split is out of date then."
        )
        if study.revised:
            # Names of columns may be anything, so they are no Markdown.
            st.text("\n".join(study.revised[-1]["notes"]))
        offered = _offered(str(study.path), study.digest("import"), study)
        places = st.columns(len(ROLES))
        chosen = {
            role: _box(study, role, offered[role], place)
            for role, place in zip(ROLES, places, strict=True)
        }
        choices = Choices(**chosen)

        def take() -> None:
            demand(Role.EDIT, study.path)
            change_roles(study, choices)

        action_button(
            "Take these columns",
            take,
            key=f"take columns {study.path}",
            icon=":material/swap_horiz:",
            **withheld(Role.EDIT, study.path, disabled=choices == Choices()),
        )


def _box(
    study: Study, role: str, columns: list[str], place: "st.delta_generator.DeltaGenerator"
) -> str | None:
    """Return the column that is chosen for a role; None for the present one."""
    is_known = bool(study.samples[role].notna().any())
    present = str(study.origins.get(role, Origin())) or "as imported"
    words = {_PRESENT: present if is_known else _NOTHING[role], NONE: _NOTHING[role]}
    chosen = place.selectbox(
        _TITLES[role],
        [_PRESENT, *columns, *([NONE] if is_known else [])],
        format_func=lambda one: words.get(one, one),
        key=f"{role} of {study.path} {study.digest('import')}",
    )
    return chosen or None


@cache_data(max_entries=16)
def _offered(path: str, digest: str, _study: Study) -> dict[str, list[str]]:
    return {role: role_columns(_study.samples, role) for role in ROLES}
