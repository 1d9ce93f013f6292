"""What whoever uses this session may do: asked before anything is shown, and again when it is done.

What a person may not do has no button, or one that says why; but a browser can send what no button
of it sent, so every function that changes something begins with `demand`.
"""

import os
from pathlib import Path
from typing import Any

import streamlit as st

from cae.access.configuration import present_access, rights_of
from cae.access.identity import vouched_email
from cae.access.rights import NoRightError, Rights
from cae.access.roles import Role
from cae.cohorts.place import VARIABLE
from cae.read_only import refusal
from pages.components.kit.plain_markdown import plain_markdown


def signed_in_as() -> str | None:
    """Return the e-mail address that the provider vouches for; None before signing in."""
    return vouched_email(st.user.to_dict())


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
    return not _hindrance(role, study)


def demand(role: Role, study: Path) -> None:
    """Let pass who may do what needs `role` on the study in a folder.

    Raises:
        NoRightError: the person may not, or the study is read-only.
    """
    if reason := _hindrance(role, study):
        raise NoRightError(reason)


def withheld(role: Role, study: Path, **how: Any) -> dict[str, Any]:
    """Return arguments of a button or the like, which is off and says why without the right.

    Args:
        role: that pressing it needs.
        study: the folder of the study that it acts on.
        how: its arguments where the person has the right.
    """
    if reason := _hindrance(role, study):
        return {**how, "disabled": True, "help": plain_markdown(reason)}
    return how


def _hindrance(role: Role, study: Path) -> str:
    """Return why one may not do what needs `role`; empty where one may.

    Of a read-only study cohorts may be edited all the same where they are in a group's database;
    whatever else is tried then is refused by the study itself.
    """
    reason = own_rights().hindrance(role, study.name)
    if reason or role is Role.LOOK or (role is Role.EDIT and os.environ.get(VARIABLE)):
        return reason
    return refusal(study)
