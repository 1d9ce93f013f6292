"""The configuration file of a shared server: where it is, how people sign in, and their roles."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from cae.access.rights import ALONE, NOBODY, Rights
from cae.access.roles import Role
from cae.documents import Document, Line, misfit
from cae.errors import CaeError
from cae.home import studies_folder

VARIABLE = "CAE_ACCESS"
_NAME = "access.toml"
_ADVICE = "mend it, or start the app again without it on this computer alone"
# Where a provider that signs people in sends them back to.
_CALLBACK = "oauth2callback"


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("should be an address such as https://images.example.org/cae")
    return text


def _absolute(text: str) -> str:
    if not Path(text).is_absolute():
        raise ValueError("should be a path from the root of the disk")
    return text


_Address = Annotated[Line, AfterValidator(_web_address)]
_Root = Annotated[Line, AfterValidator(_absolute)]
_Email = Annotated[str, Field(max_length=320, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$")]
_Roles = dict[_Email, Literal["look", "edit", "admin"]]


class _Whole(Document):
    """A table of which every key is known: a word that is misspelt gives nobody a right."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Provider(_Whole):
    """The OpenID Connect provider, and what it knows this server by."""

    metadata: _Address
    client_id: Annotated[Line, Field(min_length=1)]
    client_secret: Annotated[Line, Field(min_length=1)]
    cookie_secret: Annotated[Line, Field(min_length=32)]


class Configuration(_Whole):
    """What the configuration file holds."""

    address: _Address
    provider: Provider
    people: _Roles = {}
    studies: dict[Line, _Roles] = {}
    roots: list[_Root] = []


@dataclass(frozen=True)
class Access:
    """How a shared server is reached, and who may do what there.

    Attributes:
        file: that this was read from.
        configuration: what it holds.
    """

    file: Path
    configuration: Configuration

    @property
    def host(self) -> str:
        """The name of the server in the address that people type."""
        return urlsplit(self.configuration.address).hostname or ""

    @property
    def base_path(self) -> str:
        """The path in that address below which the app lies; empty at its root."""
        return urlsplit(self.configuration.address).path.strip("/")

    def sign_in(self) -> dict[str, Any]:
        """Return the settings of Streamlit's sign-in."""
        provider = self.configuration.provider
        return {
            "redirect_uri": f"{self.configuration.address.rstrip('/')}/{_CALLBACK}",
            "cookie_secret": provider.cookie_secret,
            "client_id": provider.client_id,
            "client_secret": provider.client_secret,
            "server_metadata_url": provider.metadata,
        }

    def rights_of(self, email: str) -> Rights:
        """Return what a person may do, by the e-mail address that the provider vouches for."""
        who, given = _normal(email), self.configuration
        everywhere = _role(given.people, who)
        roles = {name: _role(people, who) for name, people in given.studies.items()}
        studies = {name: role for name, role in roles.items() if role is not None}
        if everywhere is None and not studies:
            return NOBODY
        return Rights(everywhere, studies, tuple(map(Path, given.roots)))


def access_file() -> Path | None:
    """Return the configuration file: ``$CAE_ACCESS``, or access.toml among the studies.

    None where there is neither.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser().resolve()
    file = studies_folder() / _NAME
    return file if file.is_file() else None


def present_access() -> Access | None:
    """Return the configuration as it is now; None where the app is used alone.

    Raises:
        CaeError: there is a configuration file that cannot be read; nobody may do anything then.
    """
    file = access_file()
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError as error:
        raise _unreadable(file, error) from error
    return _read(file, (found.st_mtime_ns, found.st_size))


def read_access(file: Path) -> Access:
    """Read a configuration file.

    Raises:
        CaeError: it is missing, is no TOML, or a key is missing, unknown or not as it should be.
    """
    try:
        held = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _unreadable(file, error) from error
    except ValueError as error:
        raise CaeError(f"{file} is no TOML ({error}); {_ADVICE}.") from error
    if reason := misfit(held, Configuration):
        raise CaeError(f"{file} cannot be used: {reason}; {_ADVICE}.")
    return Access(file, Configuration.model_validate(held))


def rights_of(email: str | None) -> Rights:
    """Return what a person may do; alone on a computer of one's own, that is everything.

    Args:
        email: that the provider vouches for; None of whoever is not signed in.

    Raises:
        CaeError: there is a configuration file that cannot be read.
    """
    access = present_access()
    if access is None:
        return ALONE
    return NOBODY if email is None else access.rights_of(email)


def require_sign_in_package() -> None:
    """Let pass where what signs people in is installed.

    Raises:
        CaeError: it is not.
    """
    if find_spec("authlib") is None or find_spec("httpx") is None:
        raise CaeError(
            "Signing in needs the package Authlib; install it with: pip install "
            "'cae-explorer[access]'"
        )


@lru_cache(maxsize=4)
def _read(file: Path, state: tuple[int, int]) -> Access:
    return read_access(file)


def _role(roles: Mapping[str, str], who: str) -> Role | None:
    for email, role in roles.items():
        if _normal(email) == who:
            return Role[role.upper()]
    return None


def _normal(email: str) -> str:
    return email.strip().casefold()


def _unreadable(file: Path, error: OSError) -> CaeError:
    return CaeError(f"{file} cannot be read ({error.strerror}); {_ADVICE}.")
