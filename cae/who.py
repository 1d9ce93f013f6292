"""Who does something, as far as the computer knows."""

import getpass


def this_user() -> str:
    """Return who is at the computer, as it knows him; empty where it does not."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
