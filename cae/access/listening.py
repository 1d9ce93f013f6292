"""On which addresses a server may listen."""

import ipaddress
import socket
from contextlib import suppress

from cae.access.configuration import Access
from cae.errors import CaeError

# What Hosts a browser on this very computer names.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def is_local(address: str) -> bool:
    """Whether only programs of this computer reach what listens on an address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def require_free_port(address: str, port: int) -> None:
    """Let pass a port that can be listened on.

    Raises:
        CaeError: it is in use, or may not be listened on.
    """
    with suppress(socket.gaierror):
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        try:
            socket.create_server((address, port), family=family).close()
        except OSError as error:
            raise CaeError(
                f"Nothing can listen on port {port} of {address} ({error.strerror}); choose "
                "another one with --port."
            ) from error


def require_safe_address(address: str, access: Access | None) -> None:
    """Let pass an address of this computer alone, and any where people sign in.

    Args:
        address: to listen on; empty for all that the computer has.
        access: how people sign in; None where they do not.

    Raises:
        CaeError: others could reach the server, and nobody would have to sign in.
    """
    if access is None and not is_local(address):
        raise CaeError(
            f"Without sign-in the app listens on localhost only, not on {address or 'all'}: "
            "whoever reached it could read this computer's folders and delete studies; name a "
            "configuration file with --access, see “For a group” in README.md."
        )
