"""What the commands share: the console application, its options, and how it reports."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cae.cli.stopping import is_asked
from cae.errors import CaeError
from cae.seed import HIGHEST_SEED
from cae.stores import is_address

if TYPE_CHECKING:
    from cae.jobs.reporting import Reporter
    from cae.study.study import Study


ERROR, MISUSE, INTERRUPTED = 1, 2, 130


_EXAMPLES = {
    "cae": ("cae build medmnist:pneumoniamnist --out chest", "cae app chest"),
    "build": (
        "cae build brain --out brain",
        "cae build folder:scans,scans.csv --out scans --epochs 40",
        "cae build scans    (goes on where it stopped)",
        "cae build scans --method local    (regions and landmarks, beside the map)",
        "cae build folder:scans --out dino --latents dino.parquet    (vectors of another model)",
        "cae build dino --method decoder    (images of such latents)",
    ),
    "import": (
        "cae import npz:scans.npz --out scans",
        "cae import folder:scans,scans.csv --out scans --label grade --patient subject",
        "cae import dicom:export.zip --out chest",
        "cae import nifti:study,all,5mm --out brains",
        "cae import parquet:s3://bucket/scans --out scans --image-column image",
        "cae import medmnist:bloodmnist:64 --out blood --limit 2000",
    ),
    "columns": (
        "cae columns scans",
        "cae columns scans --label grade --patient subject",
        "cae columns scans --split none    (draws one anew, by patient)",
    ),
    "append": ("cae append scans folder:new --patient subject",),
    "train": (
        "cae train scans --method contrastive --epochs 40 --latent 64",
        "cae train scans --method prototypes --clusters 6",
        "cae train scans --method prototypes --architecture paper",
        "cae train scans --method clinical --clinical age,severity",
    ),
    "embed": (
        "cae embed scans --model lite0",
        "cae embed scans --model lite0 --out lite0.npz",
        "cae embed scans --model latents --out latents.parquet",
        "cae embed scans --model local",
        "cae embed scans --model ~/models/rad-dino",
    ),
    "use": ("cae use chest --model pneumoniamnist",),
    "models": ("cae models",),
    "encode": ("cae encode scans",),
    "project": ("cae project scans --n-neighbors 30 --min-dist 0.05",),
    "map": (
        "cae map scans --n-neighbors 10 --min-dist 0.5",
        "cae map scans --n-neighbors 30 --min-dist 0.1 --dimensions 3",
    ),
    "cluster": (
        "cae cluster scans",
        "cae cluster scans --k 6",
        "cae cluster scans --prototypes",
    ),
    "sharpen": (
        "cae sharpen scans",
        "cae sharpen scans --epochs 80",
    ),
    "areas": ("cae areas scans",),
    "info": (
        "cae info scans",
        "cae info scans --json",
    ),
    "query": (
        "cae query scans 'age > 60 and label == \"pneumonia\"'",
        "cae query scans 'site is missing or age not between 20 and 40'",
        'cae query scans \'cohort("left lung") and not cohort("blurred")\'',
    ),
    "label": (
        'cae label scans \'id in ("scan-17", "scan-40")\' --to pneumonia',
        "cae label scans    (lists what was corrected, by whom and when)",
        "cae label scans --undo",
    ),
    "verify": ("cae verify scans",),
    "path": (
        "cae path scans scan-17 scan-40 --out synthetic-path.zip",
        "cae path scans label:ill label:well 'cohort:odd ones' --steps 25 --out synthetic.mp4",
    ),
    "evaluate": (
        "cae evaluate scans",
        "cae evaluate scans --json > figures.json",
        "cae evaluate scans --baselines    (trains two more networks, once)",
        "cae evaluate scans --marks    (do small marks outlive decoding?)",
    ),
    "agreement": (
        "cae agreement scans dino",
        "cae agreement scans dino --json > agreement.json",
    ),
    "finetune": ("cae finetune scans --column oedema --share 0.05",),
    "cohort list": ("cae cohort list scans",),
    "cohort combine": (
        "cae cohort combine scans union 'left lung' 'right lung' --name lungs",
        "cae cohort combine scans difference lungs blurred --name 'sharp lungs'",
    ),
    "cohort import": (
        "cae cohort import scans images.csv --name 'left lung'",
        "cae cohort import scans readers.xlsx --column scan --name 'read twice'",
    ),
    "cohort live": (
        "cae cohort live scans 'age > 60 and not cohort(\"blurred\")' --name 'old and sharp'",
    ),
    "cohort freeze": ("cae cohort freeze scans 'old and sharp'",),
    "cohort log": (
        "cae cohort log scans",
        "cae cohort log scans 'left lung' --json",
    ),
    "cohort share": ("cae cohort share scans    (with CAE_DATABASE set)",),
    "cohort compare": (
        "cae cohort compare scans 'cohort:left lung'",
        "cae cohort compare scans cluster:2 cluster:3 --json",
        "cae cohort compare scans label:pneumonia 'query:label == \"normal\" and age > 60'",
    ),
    "cohort table": (
        "cae cohort table scans cluster:0 cluster:1 cluster:2 --out table.html",
        "cae cohort table scans 'cohort:left lung' rest --suppress 5 --out table.tex",
    ),
    "cohort flow": (
        "cae cohort flow scans 'left lung'",
        "cae cohort flow scans 'left lung' --json",
        "cae cohort flow scans 'left lung' --out flow.svg",
    ),
    "cohort survival": (
        "cae cohort survival scans cluster:0 cluster:1 --time months --event vital",
        "cae cohort survival scans label:ill rest --time days --event status --occurred 2 "
        "--out survival.svg",
    ),
    "export": (
        "cae export scans --cohort 'left lung' --out left-lung.zip",
        "cae export scans --cohort 'left lung' --out lung --for monai --for fiftyone --folds 5",
        "cae export scans --cohort 'left lung' --out lung.zip --images both --identifying",
    ),
    "sample": (
        "cae sample scans --cluster 2 --n 16 --out samples",
        "cae sample scans --cluster 2 --n 16 --seed 1 --out samples.zip",
        "cae sample scans --cluster 2 --dicom --out synthetic-dicom.zip",
    ),
    "segment": ("cae segment scans --out masks",),
    "outline": (
        "cae outline scans --out outlines.zip",
        "cae outline scans --labelled 'ten of mine' --out outlines",
    ),
    "landmark": ("cae landmark scans --image scan-17 --point 31,40 --out points.csv",),
    "augment": (
        "cae augment scans --preset chest --out chest.png",
        "cae augment brain --out brain.png",
    ),
    "app": (
        "cae app",
        "cae app scans --port 8600",
        "cae app s3://bucket/study    (read-only)",
        "cae app --access access.toml",
    ),
}


def examples(command: str) -> str:
    r"""Return the end of a command's help; ``\b`` keeps its line breaks."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in _EXAMPLES[command])


SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="brain, medmnist:FLAG[:SIZE], npz:FILE, folder:DIR[,TABLE], parquet:PATH, "
        "dicom:PATH[,TABLE] or nifti:PATH[,axial|coronal|sagittal|all][,Nmm][,patchN]; a PATH is "
        "a folder, a zip file or a file, here or at an address such as s3://bucket/scans.",
        show_default=False,
    ),
]


ArchiveOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR_OR_FILE.zip",
        help="A new folder, or a zip file.",
        show_default=False,
    ),
]


IdentifyingOption = Annotated[
    bool, typer.Option("--identifying", help="Include what may tell who a patient is.")
]


def study_folder(text: str) -> Path:
    """Return the folder of a study, of one at an address that of a read-only copy."""
    return _named_study(text, "study_folder")


def study_folder_as_it_is(text: str) -> Path:
    """Return the same, however damaged the study is."""
    return _named_study(text, "study_folder_as_it_is")


def _named_study(text: str, function: str) -> Path:
    if not is_address(text):
        return Path(text)
    from cae.jobs.reporting import Reporter
    from cae.jobs.terminal import display
    from cae.plugins import load

    with display(sys.stderr) as shown:
        report = Reporter([shown])
        report.on_step("fetch")
        folder: Path = load(f"cae.study.fetched:{function}")(text, report.progress)
    return folder


StudyArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="The study's folder, or its address, such as s3://bucket/study.",
        parser=study_folder,
        show_default=False,
    ),
]


OutOption = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Folder of the new study.", show_default=False),
]


LimitOption = Annotated[
    int | None,
    typer.Option(min=1, help="Take at most N images, drawn at random.", metavar="N"),
]


SeedOption = Annotated[
    int | None, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of every random choice.")
]


ImageColumnOption = Annotated[
    str | None,
    typer.Option(
        "--image-column",
        metavar="COLUMN",
        help="Column of the table that names the images; FOLDER,NAME where two do.",
    ),
]


LabelOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column with the labels, or none.")
]


PatientOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column with the patients, or none.")
]


SplitOption = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column with train, val and test; none draws them."),
]


EncodingOption = Annotated[
    str | None, typer.Option(help="How the table is written, such as utf-8, cp1252 or mac_roman.")
]


EngineOption = Annotated[
    str,
    typer.Option(
        help="What reads and encodes: plain, this computer, or ray, the cluster of RAY_ADDRESS, "
        "whose machines see the same folders.",
    ),
]


NameOption = Annotated[str | None, typer.Option(help="What to call the study.")]


PresetOption = Annotated[
    str | None, typer.Option(help="Augmentation: chest, brain, cells, histology, skin, organs, …")
]


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def parse_numbers(text: str | None) -> list[float] | None:
    """Return numbers such as ``1,0.5``; raise `CaeError` where they are none."""
    try:
        return None if text is None else [float(number) for number in text.split(",")]
    except ValueError as error:
        raise CaeError(
            f"The weights {text!r} are not numbers with commas between; give them as in 1,0.5."
        ) from error


def parse_point(text: str) -> tuple[int, int]:
    """Return column and row of a point as in ``31,40``; raise `CaeError` otherwise."""
    try:
        x, y = (int(number) for number in text.split(","))
    except ValueError as error:
        raise CaeError(
            f"The point {text!r} is not X,Y; give column and row as in 31,40."
        ) from error
    return x, y


@contextmanager
def reporting(context: typer.Context) -> Iterator["Reporter"]:
    """Show progress on stderr, and in the status file where one is asked for."""
    from cae.jobs.reporting import Reporter
    from cae.jobs.runs import StatusFile
    from cae.jobs.terminal import display

    status = StatusFile(context.obj) if context.obj else None
    with display(sys.stderr) as shown:
        try:
            yield Reporter([shown, status] if status else [shown])
        except BaseException as error:
            if status:
                status.finish(*_outcome(error))
            raise
    if status:
        status.finish("done")


def _outcome(error: BaseException) -> tuple[str, str]:
    if isinstance(error, KeyboardInterrupt) or is_asked():
        return "cancelled", ""
    return "failed", str(error) if isinstance(error, CaeError) else brief(error)


def brief(error: BaseException) -> str:
    """Return in one sentence what an unforeseen error was."""
    if isinstance(error, MemoryError):
        return "There is not enough memory; close other programs or use fewer images (--limit)."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or 'a file'}; free space or check permissions."
    return f"Something unexpected happened ({type(error).__name__}: {error})."


def say(sentence: str) -> None:
    """Tell something on stderr, beside what the command prints."""
    typer.echo(sentence, err=True)


def print_json(value: Any) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))


def figure(value: Any) -> str:
    """Return a measured value as the shell shows it."""
    return "none" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def row_of(study: "Study", image: str) -> int:
    """Return the row of the image with this id; raise `CaeError` where there is none."""
    found = (study.samples["id"].astype(str) == image).to_numpy().nonzero()[0]
    if len(found) == 0:
        raise CaeError(f"{study.path} holds no image with the id {image!r}; give one of its ids.")
    return int(found[0])
