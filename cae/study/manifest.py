"""What study.json says, and what it must say to be read."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from cae.documents import Count, Document, InnerPath, Line, Share, Text, checked
from cae.errors import CaeError
from cae.settings import brief
from cae.storage import read_json
from cae.study.step import STEPS

FORMAT_VERSION = 1
MANIFEST = "study.json"
# Every run of a step has a folder of its own in here.
RUNS = "runs"
# What a person can say of the table of a source, the fields of `cae.sources.choices.Choices`.
_Choice = Literal["image", "label", "patient", "split", "encoding"]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Change = Annotated[list[Line], Field(min_length=2, max_length=2)]
_Names = Annotated[list[Line], Field(max_length=10_000)]
# Former versions let studies begin with more than `cae.seed.HIGHEST_SEED`.
_Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


class FileNote(Document):
    """A file of a run."""

    bytes: Count
    sha256: _Sha256
    at: InnerPath = ""


class BroughtNote(Document):
    """Latents that came from elsewhere, a `cae.study.brought.Brought`."""

    file: Line
    sha256: _Sha256
    numbers: Count
    asked: Line
    components: Count
    scaling: Line
    reason: Line
    notes: Annotated[list[Text], Field(max_length=1_000)] = []


class Parameters(Document):
    """What a run was told; settings are checked by the step or method that has them."""

    method: Line | None = None
    source: Text | None = None
    limit: int | None = None
    brought: BroughtNote | None = None


class Origin(Document):
    """The pretrained model that a run took over."""

    name: Line
    other_images: bool = False


class RunNote(Document):
    """A run of a step: finished, or begun and noted as former versions did."""

    state: Line = "done"
    parameters: Parameters = Parameters()
    inputs: dict[Line, Line] = {}
    at: InnerPath = ""
    files: dict[InnerPath, FileNote] = {}
    finished: Line | None = None
    seconds: Share | None = None
    versions: dict[Line, Line] = {}
    pretrained: Origin | None = None
    checkpoint: Origin | None = None

    @model_validator(mode="after")
    def _is_told_in_full(self) -> "RunNote":
        for needed in ("parameters", "files") if self.state == "done" else ():
            if needed not in self.model_fields_set:
                raise ValueError(f"should have {needed}")
        return self


class BegunNote(Document):
    """A run of a step that goes on or was cut off."""

    parameters: Parameters
    inputs: dict[Line, Line]
    at: InnerPath
    adopted: bool = False


class Appended(Document):
    """Images that came behind."""

    source: Text
    first_row: Count
    images: Count
    appended: Line
    versions: dict[Line, Line]
    digests: dict[Line, _Change]


class Revised(Document):
    """Another table in the place of the former one."""

    notes: list[Text]
    digests: dict[Line, _Change]


class ColumnOrigin(Document):
    """Where a column came from, a `cae.imageset.Origin`."""

    columns: list[Text]
    how: Text


def _with_models(steps: dict[str, RunNote]) -> dict[str, RunNote]:
    """Require of every finished run that makes a model that it says where the model is."""
    for name in steps.keys() & STEPS.keys():
        described = [file for file in STEPS[name].files if file.endswith("model.json")]
        if steps[name].state == "done" and not steps[name].files.keys() >= set(described):
            raise ValueError(f"should name the file {described[0]} of the step {name}")
    return steps


Runs = Annotated[dict[Line, RunNote], AfterValidator(_with_models)]


class Manifest(Document):
    """What study.json holds."""

    format: int
    identity: Line = ""
    name: Line
    kind: Line
    source: Text
    credit: Text = ""
    created: Line = ""
    identifying: _Names
    mask_names: _Names
    notes: Annotated[list[Text], Field(max_length=100_000)] = []
    seed: _Seed
    steps: Runs
    former: Runs = {}
    unfinished: dict[Line, BegunNote] = {}
    appended: list[Appended] = []
    revised: list[Revised] = []
    choices: dict[_Choice, Text] = {}
    origins: dict[Text, ColumnOrigin] = {}


class PackedImport(Document):
    """The import of the study that a pretrained model was made from."""

    files: dict[InnerPath, FileNote]


class PackedSteps(Document):
    """The runs that were packed, beside the import: any of the steps."""

    __pydantic_extra__: dict[str, RunNote]

    images: PackedImport = Field(alias="import")


class PackedManifest(Document):
    """What the study.json of a pretrained model holds."""

    title: Line
    images: Line
    shape: Annotated[list[Annotated[int, Field(ge=1, le=8_192)]], Field(min_length=3, max_length=3)]
    splits: _Sha256
    steps: PackedSteps


class _Versioned(Document):
    format: Any


def read_manifest(path: Path) -> dict[str, Any]:
    """Return what the study.json in the folder `path` says.

    Raises:
        CaeError: the file is missing, damaged or of another version.
    """
    file = path / MANIFEST
    manifest = checked(read_json(file), _Versioned, file)
    if manifest["format"] != FORMAT_VERSION:
        raise CaeError(
            f"{path} has study format {brief(str(manifest['format']))}, but this version reads "
            f"{FORMAT_VERSION}; update CAE Explorer or build the study anew."
        )
    # Not noted by former versions.
    untold = {"credit": "", "created": ""}
    return untold | _with_whole_inputs(_with_cut_off_apart(checked(manifest, Manifest, file)))


def result_digest(entry: dict[str, Any]) -> str:
    """Return one hash that stands for what a run wrote; empty of a note without files.

    Args:
        entry: what study.json notes of the run.
    """
    return "+".join(file["sha256"][:16] for file in entry.get("files", {}).values())


def _with_whole_inputs(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest in which sharp decoders were made from the table, too.

    Former versions did not note that their training reads which images are to train on.
    """
    steps = manifest["steps"]
    for runs in (steps, manifest.get("unfinished", {})):
        if inputs := runs.get("sharpen", {}).get("inputs"):
            inputs.setdefault("import", result_digest(steps.get("import", {})))
    return manifest


def _with_cut_off_apart(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest in which runs that were cut off stand apart, as former versions had not."""
    steps = manifest["steps"]
    begun = {step: entry for step, entry in steps.items() if entry["state"] != "done"}
    if not begun:
        return manifest
    notes = {
        step: {
            "parameters": entry.get("parameters", {}),
            "inputs": entry.get("inputs", {}),
            "at": f"{RUNS}/{step}-0",
        }
        for step, entry in begun.items()
    }
    finished = {step: entry for step, entry in steps.items() if step not in begun}
    return {
        **manifest,
        "steps": finished,
        "unfinished": {**notes, **manifest.get("unfinished", {})},
    }
