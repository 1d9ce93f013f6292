"""Cohorts: saved selections and queries, to be looked at, named, combined, exported."""

from collections.abc import Collection

import streamlit as st

from cae.access.roles import Role
from cae.cohorts.act import when
from cae.cohorts.cohort import Cohort
from cae.number_text import counted
from cae.study.study import Study
from pages.components.cohorts.cohort_card import cohort_card, forget_deleted, just_deleted
from pages.components.cohorts.combine_form import combine_form
from pages.components.cohorts.import_form import import_form
from pages.components.cohorts.live_form import live_form
from pages.components.cohorts.log import show_log
from pages.components.cohorts.unsaved_edit import unsaved_cohorts, unsaved_edit
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.kit.shell import ensure_shell
from pages.components.state import session
from pages.components.state.known_cohorts import known_cohorts

_PER_PAGE = 20


def cohorts() -> None:
    """Show the page."""
    study = session.current_study()
    saved, deleted = study.cohorts.list(), study.cohorts.deleted()
    unsaved = unsaved_cohorts(study)
    kept = {*unsaved, just_deleted()}
    offered = [one for one in deleted if one.id in kept]
    if not saved and not offered:
        _nothing_yet()
        with guard():
            live_form(study)
            import_form(study)
    else:
        st.subheader(counted(len(saved), "saved cohort"))
        # The offer to undo stands where the cohort stood, so that nothing else moves.
        newest_first = sorted([*saved, *offered], key=lambda one: one.id, reverse=True)
        with guard():
            combine_form(study, known_cohorts(study))
            live_form(study)
            import_form(study)
        newest_first = _tagged(newest_first, unsaved)
        for cohort in _turned_to(newest_first):
            with guard():
                if cohort.id in unsaved:
                    unsaved_edit(study, cohort)
                elif cohort in offered:
                    _offer_undo(study, cohort)
                if cohort not in offered:
                    cohort_card(study, cohort)
    if deleted:
        with st.expander(f"{len(deleted):,} deleted"):
            for cohort in deleted:
                _deleted_line(study, cohort)
    with guard():
        show_log(study)


def _tagged(cohorts: list[Cohort], unsaved: Collection[int]) -> list[Cohort]:
    """Return the cohorts under the tags that are chosen, and those of `unsaved` ids.

    While no tag is chosen these are all.
    """
    tags = sorted({tag for cohort in cohorts for tag in cohort.tags})
    if not tags:
        return cohorts
    chosen = st.pills(
        "Tags",
        tags,
        selection_mode="multi",
        format_func=plain_markdown,
        key=session.control_key("tags"),
    )
    return [one for one in cohorts if set(chosen) <= set(one.tags) or one.id in unsaved]


def _offer_undo(study: Study, cohort: Cohort) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo-delete"):
        st.text(f"“{cohort.name}” was deleted.")
        st.button(
            "Undo",
            icon=":material/undo:",
            on_click=guard()(_restore),
            args=(study, cohort),
            **withheld(Role.EDIT, study.path),
        )


def _nothing_yet() -> None:
    st.subheader("No cohorts yet")
    st.write(
        "A cohort is a selection of images that you save under a name. Draw around points on the "
        "map, then press *Save as cohort*."
    )
    st.page_link("pages/explore.py", label="Go to the map", icon=":material/scatter_plot:")


def _turned_to(saved: list[Cohort]) -> list[Cohort]:
    pages = -(-len(saved) // _PER_PAGE)
    if pages == 1:
        return saved
    page = st.number_input(f"Page of {pages}", 1, pages, key="cohorts page", width=160)
    return saved[(page - 1) * _PER_PAGE : page * _PER_PAGE]


def _deleted_line(study: Study, cohort: Cohort) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        deleted = "" if cohort.deleted is None else f" · deleted {when(cohort.deleted)}"
        st.text(f"{cohort.name} · {counted(cohort.count, 'image')}{deleted}")
        st.button(
            "Restore",
            key=f"restore {cohort.id}",
            on_click=guard()(_restore),
            args=(study, cohort),
            **withheld(Role.EDIT, study.path),
        )


def _restore(study: Study, cohort: Cohort) -> None:
    demand(Role.EDIT, study.path)
    session.cohorts_of(study).restore(cohort)
    forget_deleted()


with guard():
    ensure_shell()
    cohorts()
