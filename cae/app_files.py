"""Where the program's own files lie that are no package: the app, its pages and the assets.

A checkout has them beside the package ``cae``, an installed wheel inside it, in ``cae/_app``, so
that no name as general as ``pages`` stands among everybody's packages.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_app"

APP_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
SERVER_FILE = APP_FOLDER / "pages/components/kit/server.py"
ASSETS = APP_FOLDER / "assets"
