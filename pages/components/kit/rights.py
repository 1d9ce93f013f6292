"""What whoever uses this session may do: asked before anything is shown, and again when it is done.

What a person may not do has no button, or one that says why; but a browser can send what no button
of it sent, so every function that changes something begins with `demand`.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from cae.access.configuration import present_access, rights_of
from cae.access.rights import Rights
from cae.access.roles import Role
from pages.components.kit.plain_markdown import plain_markdown


def signed_in_as() -> str | None:
    """Return the e-mail address that the provider vouches for; None before signing in."""
    told = st.user.to_dict()
    # Some providers let people claim any address, and say so.
    if not told.get("is_logged_in") or told.get("email_verified") is False:
        return None
    email = told.get("email")
    return email if isinstance(email, str) and email else None


def own_rights() -> Rights:
    """Return what whoever uses this session may do.

    Raises:
        CaeError: there is a configuration file that cannot be read.
    """
    return rights_of(signed_in_as())


def is_shared() -> bool:
    """Whether people sign in to this server."""
    return present_access() is not None


def may(role: Role, study: Path) -> bool:
    """Whether one may do what needs `role` on the study in a folder."""
    return own_rights().may(role, study.name)


def demand(role: Role, study: Path) -> None:
    """Let pass who may do what needs `role` on the study in a folder.

    Raises:
        NoRightError: the person may not.
    """
    own_rights().demand(role, study.name)


def withheld(role: Role, study: Path, **how: Any) -> dict[str, Any]:
    """Return arguments of a button or the like, which is off and says why without the right.

    Args:
        role: that pressing it needs.
        study: the folder of the study that it acts on.
        how: its arguments where the person has the right.
    """
    if reason := own_rights().hindrance(role, study.name):
        return {**how, "disabled": True, "help": plain_markdown(reason)}
    return how
