"""Where studies live when nobody says otherwise."""

import os
from pathlib import Path

from platformdirs import user_data_path


def studies_folder() -> Path:
    """Return the folder of studies: ``$CAE_HOME``, else the user's data folder.

    The folder may not exist yet.
    """
    if home := os.environ.get("CAE_HOME"):
        return Path(home).expanduser().resolve()
    return user_data_path("cae-explorer", appauthor=False)


def list_studies() -> list[Path]:
    """Return the folders in `studies_folder` that hold a study.json, sorted by name."""
    folder = studies_folder()
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path / "study.json").is_file())
