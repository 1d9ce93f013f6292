"""JSON files that may come from anybody: each has a schema, and what does not fit is a sentence.

A schema is a `Document` beside whoever reads the file. It says what is read without asking; what
else a file holds, perhaps from a later version, is let through.
"""

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cae.errors import CaeError, DamagedFileError
from cae.storage import read_json

_LONGEST_KEY = 60
_LONGEST_REASON = 160


class Document(BaseModel):
    """A JSON object, of which only the fields named by a subclass are checked.

    Nothing is converted: a number in quotes is a text.
    """

    model_config = ConfigDict(strict=True, extra="allow", arbitrary_types_allowed=False)


def _within(path: str) -> str:
    is_absolute = PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive
    if is_absolute or "\0" in path or ".." in path.replace("\\", "/").split("/"):
        raise ValueError("should be a path inside the folder")
    return path


# A name, a date or a hash; free text; a path below the folder that the file lies in.
Line = Annotated[str, Field(max_length=2_000)]
Text = Annotated[str, Field(max_length=100_000)]
InnerPath = Annotated[str, Field(max_length=500), AfterValidator(_within)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Share = Annotated[float, Field(allow_inf_nan=False)]


def read_document(path: Path, schema: type[Document]) -> dict[str, Any]:
    """Read a JSON file that must fit `schema`.

    Raises:
        CaeError: the file is missing, is not JSON, is too large, or does not fit.
    """
    return checked(read_json(path), schema, path)


def read_of_format(path: Path, schema: type[Document], number: int) -> dict[str, Any]:
    """Read a JSON file that must fit `schema` and be of the format `number`.

    What a later version wrote is not damaged, and must not be written over by this one.

    Raises:
        CaeError: as `read_document`, or the file is of another format.
    """
    found = read_json(path)
    given = found.get("format") if isinstance(found, dict) else None
    if isinstance(given, int) and given != number:
        raise CaeError(
            f"{path} has format {_brief(str(given), _LONGEST_KEY)}, but this version reads "
            f"{number}; update CAE Explorer."
        )
    return checked(found, schema, path)


def checked(value: Any, schema: type[Document], path: Path) -> dict[str, Any]:
    """Return `value`, what `path` holds, as it is.

    Raises:
        CaeError: it does not fit `schema`; says which key does not and what was expected.
    """
    if reason := misfit(value, schema):
        raise DamagedFileError(path, reason)
    found: dict[str, Any] = value
    return found


def misfit(value: Any, schema: type[Document]) -> str:
    """Return which key of `value` does not fit `schema` and what was expected; empty if all do."""
    try:
        schema.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(_brief(str(part), _LONGEST_KEY) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        if first["type"] == "missing":
            message = "is missing"
        elif first["type"] == "model_type":
            message = "should be an object"
        return _brief(f"{key or 'all of it'} {message}", _LONGEST_REASON)
    return ""


def fits(value: Any, schema: type[Document]) -> bool:
    """Whether `value` fits `schema`."""
    return not misfit(value, schema)


def _brief(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
