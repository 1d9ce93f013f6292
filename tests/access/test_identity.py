import pytest

from cae.access.identity import vouched_email

ANNA = {"is_logged_in": True, "email": "anna@example.org"}
NO_YES = [False, 0, 1, "", "false", "True", "yes", [True], {}]


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in ANNA.items() if key != name}


@pytest.mark.parametrize(
    "told", [ANNA, *({**ANNA, "email_verified": yes} for yes in (True, "true", None))]
)
def test_the_address_that_the_provider_vouches_for(told: dict[str, object]) -> None:
    assert vouched_email(told) == "anna@example.org"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        *(("email_verified", no) for no in NO_YES),
        *(("is_logged_in", no) for no in (*NO_YES, None, "true")),
    ],
)
def test_only_a_plain_yes_counts(name: str, told: object) -> None:
    assert vouched_email({**ANNA, "email_verified": True, name: told}) is None


@pytest.mark.parametrize("email", ["", None, 1, True, b"anna@example.org", ["anna@example.org"]])
def test_an_address_is_a_text(email: object) -> None:
    assert vouched_email({**ANNA, "email": email}) is None


@pytest.mark.parametrize("told", [{}, without("is_logged_in"), without("email")])
def test_who_is_not_signed_in_is_nobody(told: dict[str, object]) -> None:
    assert vouched_email(told) is None
