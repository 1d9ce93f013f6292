"""Who somebody is, by what the provider of identities tells."""

from collections.abc import Mapping


def vouched_email(told: Mapping[str, object]) -> str | None:
    """Return the e-mail address that the provider vouches for; None of whoever is not signed in.

    Some providers let people claim any address, and say so; others say nothing of it. Only a plain
    yes counts as one, or its text, which Amazon Cognito sends: ``"false"`` is true to many.

    Args:
        told: claims of the provider, and ``is_logged_in``, as Streamlit holds them.

    Example:
        >>> vouched_email({"is_logged_in": True, "email": "anna@example.org"})
        'anna@example.org'
    """
    verified = told.get("email_verified")
    is_vouched_for = verified is None or verified is True or verified == "true"
    if told.get("is_logged_in") is not True or not is_vouched_for:
        return None
    email = told.get("email")
    return email if isinstance(email, str) and email else None
