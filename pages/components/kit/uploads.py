"""Where files that a browser sends are kept until they are imported."""

import re
from pathlib import Path

from cae.home import studies_folder


def as_uploaded(text: str) -> str:
    """Return a text about uploaded files that names them as they were sent, not where they lie."""
    kept = re.escape(str(uploads_folder()))
    return re.sub(rf"{kept}[/\\][^/\\]+[/\\]", "", text)


def uploads_folder() -> Path:
    """Return the folder that uploads are kept in; it may not exist yet."""
    return studies_folder() / ".uploads"
