"""The way in where people sign in, and what whoever may not enter is told."""

import streamlit as st

from cae.access.configuration import present_access
from cae.access.listening import require_safe_address
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import is_shared, own_rights, signed_in_as


def may_enter() -> bool:
    """Whether anything may be shown to whoever opened this session; if not, say what to do.

    Raises:
        CaeError: others can reach the server and nobody would have to sign in, or the
            configuration file cannot be read.
    """
    require_safe_address(st.get_option("server.address") or "", present_access())
    if not is_shared() or own_rights().is_known:
        return True
    st.title("CAE Explorer")
    told = st.user.to_dict()
    if not told.get("is_logged_in"):
        _ask()
        return False
    email = signed_in_as()
    if email is None:
        st.error("Your provider does not vouch for an e-mail address of yours; ask it to do so.")
    else:
        st.error(
            f"{plain_markdown(email)} may not see anything here; ask whoever runs this server to "
            "be put on its list."
        )
    st.button("Sign out", icon=":material/logout:", on_click=st.logout)
    return False


def who_is_here() -> None:
    """Say who is signed in, and offer to sign out; nothing where the app is used alone."""
    if email := signed_in_as():
        st.caption(plain_markdown(email))
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=st.logout)


def _ask() -> None:
    if not st.secrets.load_if_toml_exists() or "auth" not in st.secrets:
        st.error("Nobody can sign in to an app that was started otherwise than by “cae app”.")
        return
    st.write("Sign in to see the studies that you may see.")
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
