"""The one exception that users see."""


class CaeError(Exception):
    """A problem the user can mend.

    Its text is one sentence that says what was wrong, where, and what to do;
    the shell prints it on one line and the app shows it as it is.
    """
