"""The configuration file of a shared server."""

import os
from pathlib import Path

import pytest

from cae.access import configuration
from cae.access.configuration import (
    present_access,
    read_access,
    require_sign_in_package,
    rights_of,
)
from cae.access.listening import is_local, require_safe_address
from cae.access.rights import ALONE, NOBODY
from cae.access.roles import Role
from cae.errors import CaeError

WHOLE = """
address = "https://images.example.org/cae/"
roots = ["/data/incoming"]

[provider]
metadata = "https://login.example.org/.well-known/openid-configuration"
client_id = "cae"
client_secret = "secret"
cookie_secret = "0123456789abcdef0123456789abcdef"

[people]
"anna@example.org" = "admin"
"ben@example.org" = "look"

[studies."first scans"]
"ben@example.org" = "edit"
"Carla@Example.org" = "look"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "given.toml"
    path.write_text(WHOLE)
    monkeypatch.setenv("CAE_ACCESS", str(path))
    return path


def test_roles_are_read_for_all_studies_and_for_each(file: Path) -> None:
    anna, ben, carla = (rights_of(f"{name}@example.org") for name in ("anna", "ben", "carla"))
    assert (anna.on("first scans"), anna.on("other")) == (Role.ADMIN, Role.ADMIN)
    assert (ben.on("first scans"), ben.on("other")) == (Role.EDIT, Role.LOOK)
    assert (carla.on("first scans"), carla.on("other")) == (Role.LOOK, None)
    assert anna.roots == (Path("/data/incoming"),)
    assert rights_of("mallory@example.org") is NOBODY
    assert rights_of(None) is NOBODY


def test_addresses_are_compared_without_regard_to_case(file: Path) -> None:
    assert rights_of(" ANNA@example.ORG ").may_bring


def test_without_a_file_one_person_may_do_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAE_ACCESS", raising=False)
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    assert present_access() is None
    assert rights_of(None) is ALONE
    (tmp_path / "access.toml").write_text(WHOLE)
    assert rights_of(None) is NOBODY


def test_a_change_counts_at_once_and_a_lost_file_lets_nobody_in(file: Path) -> None:
    assert rights_of("ben@example.org").on("other") is Role.LOOK
    file.write_text(WHOLE.replace('"ben@example.org" = "look"', '"ben@example.org" = "admin"'))
    os.utime(file, ns=(1, 1))
    assert rights_of("ben@example.org").on("other") is Role.ADMIN
    file.unlink()
    with pytest.raises(CaeError, match="cannot be read"):
        rights_of("ben@example.org")


def test_sign_in_leads_back_to_the_address_that_people_type(file: Path) -> None:
    access = read_access(file)
    assert (access.host, access.base_path) == ("images.example.org", "cae")
    settings = access.sign_in()
    assert settings["redirect_uri"] == "https://images.example.org/cae/oauth2callback"
    assert settings["server_metadata_url"].startswith("https://login.example.org/")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('= "admin"', '= "owner"', "people.anna@example.org"),
        ("[people]", "[peple]", "peple"),
        ('"anna@example.org" = ', '"anna" = ', "people.anna"),
        ("0123456789abcdef0123456789abcdef", "short", "cookie_secret"),
        ('client_id = "cae"', "", "client_id is missing"),
        ("https://images.example.org/cae/", "images.example.org", "address"),
        ("https://images.example.org/cae/", "https://a.org/?x=1", "address"),
        ("/data/incoming", "incoming", "roots"),
        ("[people]", "[people", "is no TOML"),
    ],
)
def test_what_does_not_fit_is_a_sentence(file: Path, right: str, wrong: str, said: str) -> None:
    file.write_text(WHOLE.replace(right, wrong))
    with pytest.raises(CaeError, match=said) as refused:
        read_access(file)
    assert str(file) in str(refused.value)
    assert "secret" not in str(refused.value).replace("cookie_secret", "")


def test_what_is_missing_to_sign_in_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "find_spec", lambda name: None)
    with pytest.raises(CaeError, match=r"pip install 'cae-explorer\[access\]'"):
        require_sign_in_package()


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]"])
def test_addresses_of_this_computer_need_no_sign_in(address: str) -> None:
    assert is_local(address)
    require_safe_address(address, None)


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "::", "", "192.168.1.2", "example.org", "localhost.example.org", "127.1"]
)
def test_other_addresses_need_sign_in(file: Path, address: str) -> None:
    with pytest.raises(CaeError, match="listens on localhost only"):
        require_safe_address(address, None)
    require_safe_address(address, read_access(file))
