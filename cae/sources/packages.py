"""Where the files of an installed package lie, found without importing it."""

from importlib.util import find_spec
from pathlib import Path

from cae.errors import CaeError


def package_folder(name: str) -> Path:
    """Return the folder of an installed package.

    Raises:
        CaeError: it is not installed.
    """
    package = find_spec(name)
    if package is None or package.origin is None:
        raise CaeError(f"The package {name} is not installed; install CAE Explorer anew.")
    return Path(package.origin).parent
