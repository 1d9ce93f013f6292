"""The app: opens a study and leads to its pages."""

import html
from contextlib import suppress
from pathlib import Path

import streamlit as st

from cae.errors import CaeError
from cae.read_only import address_of
from cae.study.pretrained import BRAIN
from pages.components.explore.tour import tour_button
from pages.components.kit.address import one_entry_per_page
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.sign_in import may_enter, who_is_here
from pages.components.kit.style import apply_style
from pages.components.state import session
from pages.components.state.link_notice import images_notice
from pages.components.train.first_start import ensure_a_study
from pages.components.train.upload import discard_old_uploads

PAGES = (
    ("explore", "Explore", ":material/scatter_plot:"),
    ("interpolate", "Interpolate", ":material/timeline:"),
    ("cohorts", "Cohorts", ":material/folder_special:"),
    ("compare", "Compare", ":material/compare_arrows:"),
    ("local", "Local", ":material/center_focus_strong:"),
    ("report", "Report", ":material/fact_check:"),
    ("agreement", "Agreement", ":material/join_inner:"),
    ("training", "Data & training", ":material/model_training:"),
)

# The one page that needs no study: it makes them.
WITHOUT_STUDY = "Data & training"
TOURED = "Explore"


def main() -> None:
    """Set up the window, open a study, and run the page that is asked for."""
    folder = Path(__file__).parent / "pages"
    st.set_page_config(
        page_title="CAE Explorer",
        page_icon=folder / "components/kit/frontend/icon.svg",
        layout="wide",
        initial_sidebar_state=230,
    )
    apply_style()
    is_in = False
    with guard():
        is_in = may_enter()
    page = st.navigation(
        [
            st.Page(folder / f"{name}.py", title=title, icon=icon, default=name == "explore")
            for name, title, icon in PAGES
            if (folder / f"{name}.py").exists()
        ],
        position="sidebar" if is_in else "hidden",
    )
    if not is_in:
        return
    with guard():
        session.start()
        images_notice()
        discard_old_uploads()
        with st.sidebar:
            choose_study()
            about_study()
            if page.title == TOURED:
                tour_button()
            who_is_here()
            one_entry_per_page()
        if page.title != WITHOUT_STUDY:
            ensure_a_study()
        st.html(f'<h1 class="cae-unseen">{html.escape(page.title)}</h1>')
        page.run()


def choose_study() -> None:
    """Offer the studies that can be opened."""
    names = list(session.known_studies())
    if not names:
        return
    current = session.study_name() if session.study_name() in names else None
    # What was chosen on a page is shown here, too, whatever was chosen here before.
    if "study" not in st.session_state or st.session_state["study"] != current:
        st.session_state["study"] = current
    st.selectbox(
        "Study",
        names,
        index=None if current is None else 0,  # with None it could be emptied
        key="study",
        on_change=lambda: session.choose_study(st.session_state["study"]),
    )


def about_study() -> None:
    """Say how many images there are, and of the embedded ones what they show."""
    # Where there is no study, or a damaged one, the page says so.
    with suppress(CaeError):
        study = session.current_study()
        embedded = study.notes[:1] if study.manifest["source"] == BRAIN else ()
        st.caption(plain_markdown(" ".join((f"{len(study):,} images.", *embedded))))
        if (address := address_of(study.path)) is not None:
            st.caption(f":material/lock: {plain_markdown(f'Read-only, of {address}.')}")


main()
