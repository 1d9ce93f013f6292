"""The console command ``cae``: the same steps from a shell."""

import json
import os
import signal
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from cae.errors import CaeError

if TYPE_CHECKING:
    from cae.reporting import Reporter
    from cae.study import Damage, Study
    from cae.training.local_settings import LocalSettings
    from cae.training.settings import TrainingSettings

ERROR, MISUSE, INTERRUPTED = 1, 2, 130
_APP_FILE = Path(__file__).resolve().parents[1] / "app.py"
_EXAMPLES = {
    "cae": ("cae build medmnist:pneumoniamnist --out chest", "cae app chest"),
    "build": (
        "cae build brain --out brain",
        "cae build folder:scans,scans.csv --out scans --epochs 40",
        "cae build scans    (goes on where it stopped)",
        "cae build scans --method local    (regions and landmarks, beside the map)",
    ),
    "import": (
        "cae import npz:scans.npz --out scans",
        "cae import medmnist:bloodmnist:64 --out blood --limit 2000",
    ),
    "train": (
        "cae train scans --method contrastive --epochs 40 --latent 64",
        "cae train scans --method prototypes --clusters 6",
        "cae train scans --method prototypes --architecture paper",
        "cae train scans --method clinical --clinical age,severity",
    ),
    "use": ("cae use chest --checkpoint pneumoniamnist",),
    "checkpoints": ("cae checkpoints",),
    "encode": ("cae encode scans",),
    "project": ("cae project scans --neighbors 30 --min-dist 0.05",),
    "map": (
        "cae map scans --neighbors 10 --min-dist 0.5",
        "cae map scans --neighbors 30 --min-dist 0.1 --dimensions 3",
    ),
    "cluster": (
        "cae cluster scans",
        "cae cluster scans --k 6",
        "cae cluster scans --prototypes",
    ),
    "info": (
        "cae info scans",
        "cae info scans --json",
    ),
    "query": (
        "cae query scans 'age > 60 and label == \"pneumonia\"'",
        "cae query scans 'site is missing or age not between 20 and 40'",
    ),
    "verify": ("cae verify scans",),
    "evaluate": (
        "cae evaluate scans",
        "cae evaluate scans --json > figures.json",
        "cae evaluate scans --baselines    (trains two more networks, once)",
    ),
    "finetune": ("cae finetune scans --column oedema --share 0.05",),
    "export": ("cae export scans --cohort 'left lung' --out left-lung.zip",),
    "sample": (
        "cae sample scans --cluster 2 --n 16 --out samples",
        "cae sample scans --cluster 2 --n 16 --seed 1 --out samples.zip",
    ),
    "segment": ("cae segment scans --out masks",),
    "landmark": ("cae landmark scans --image scan-17 --point 31,40 --out points.csv",),
    "augment": (
        "cae augment scans --preset chest --out chest.png",
        "cae augment brain --out brain.png",
    ),
    "app": (
        "cae app",
        "cae app scans --port 8600",
    ),
}


def _examples(command: str) -> str:
    r"""Return the end of a command's help; ``\b`` keeps its line breaks."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in _EXAMPLES[command])


app = typer.Typer(
    name="cae",
    help="Explore what a contrastive autoencoder learned from medical images, without labels.",
    epilog=_examples("cae"),
    rich_markup_mode=None,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="brain, medmnist:FLAG[:SIZE], npz:FILE or folder:DIR[,TABLE].",
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
StudyArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="The study's folder.", show_default=False)
]
OutOption = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Folder of the new study.", show_default=False),
]
LimitOption = Annotated[
    int | None,
    typer.Option(min=1, help="Take at most N images, drawn at random.", metavar="N"),
]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Seed of every random choice.")]
NameOption = Annotated[str | None, typer.Option(help="What to call the study.")]
_METHODS = (
    "How to train: contrastive, autoencoder, prototypes, pseudo-class or clinical; local trains "
    "a model of pixels beside it."
)
_LOCAL = "local"
MethodOption = Annotated[str | None, typer.Option(help=_METHODS)]
EpochsOption = Annotated[int | None, typer.Option(min=1, help="Passes over the images.")]
LatentOption = Annotated[int | None, typer.Option(min=2, help="Numbers per image in the latent.")]
PresetOption = Annotated[
    str | None, typer.Option(help="Augmentation: chest, brain, cells, histology, skin, organs, …")
]
ArchitectureOption = Annotated[
    str | None, typer.Option(help="Networks: residual, or paper for those of Ferrante et al.")
]
ClustersOption = Annotated[
    int | None, typer.Option(min=0, help="Number of prototypes; 0 lets the elbow choose.")
]
ClinicalOption = Annotated[
    str | None,
    typer.Option(metavar="COLUMN[,COLUMN]", help="Columns that the method clinical learns from."),
]
ClinicalWeightsOption = Annotated[
    str | None,
    typer.Option(metavar="W[,W]", help="Weights of these columns, 1 each where left out."),
]
PseudoClassesOption = Annotated[
    int | None,
    typer.Option(min=1, help="Groups whose images are never negatives of each other."),
]
PositivesOption = Annotated[
    int | None,
    typer.Option(min=0, help="Nearest members of a pseudo-class that count as one image."),
]
RegionsOption = Annotated[
    int | None, typer.Option(min=2, help="Regions that the method local divides images into.")
]
ShapeOption = Annotated[
    str | None,
    typer.Option(
        metavar="MASK_OR_DIR", help="Masks that region 0 of the method local is to look like."
    ),
]
TemperatureOption = Annotated[float | None, typer.Option(help="τ of the contrastive loss.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def prepare(
    context: typer.Context,
    status: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Explore what a contrastive autoencoder learned from medical images, without labels."""
    context.obj = status
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(epilog=_examples("build"))
def build(
    context: typer.Context,
    source: SourceArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the study.")
    ] = None,
    method: MethodOption = None,
    epochs: EpochsOption = None,
    latent: LatentOption = None,
    preset: PresetOption = None,
    architecture: ArchitectureOption = None,
    clusters: ClustersOption = None,
    clinical: ClinicalOption = None,
    clinical_weights: ClinicalWeightsOption = None,
    pseudo_classes: PseudoClassesOption = None,
    positives: PositivesOption = None,
    temperature: TemperatureOption = None,
    regions: RegionsOption = None,
    shape: ShapeOption = None,
    seed: SeedOption = None,
    limit: LimitOption = None,
    name: NameOption = None,
) -> None:
    """Run all steps: import, train, encode, project, cluster.

    Steps that are finished are skipped and a build that was cut off goes on. SOURCE may also be
    the folder of a study, which is then completed. With --method local, only a model of pixels is
    trained after the import; a map that the study has stays.
    """
    from cae import steps
    from cae.sources import parse
    from cae.study import MANIFEST, Study
    from cae.training.settings import TrainingSettings

    changes = _given(
        method=method,
        architecture=architecture,
        clusters=clusters,
        clinical=None if clinical is None else clinical.split(","),
        clinical_weights=_numbers(clinical_weights),
        pseudo_classes=pseudo_classes,
        positives=positives,
        temperature=temperature,
        regions=regions,
        shape=shape,
        preset=preset,
        epochs=epochs,
        latent=latent,
        seed=seed,
    )
    is_study = (Path(source) / MANIFEST).exists()
    if out is None and not is_study:
        raise CaeError("The study's folder is missing; add --out DIR.")
    # Before the images are read, as that may take long.
    if method == _LOCAL:
        steps.require_known_views(_without_method(changes))
    elif is_study:
        steps.require_known_names(_settings(Study.open(Path(source)), changes))
    else:
        steps.require_known_names(TrainingSettings.from_dict(changes))
    with _reporting(context) as report:
        if out is None:
            study = Study.open(Path(source))
        else:
            study = steps.import_or_open(
                parse(source), out, limit, seed, name, report.progress, report.on_step
            )
        if method == _LOCAL:
            local = _local_settings(study, changes)
            steps.complete_local(study, local, report.progress, report.on_step)
        else:
            steps.complete(study, _settings(study, changes), report.progress, report.on_step)
    done = "has a local model" if method == _LOCAL else "is complete"
    _say(f"The study {study.path} {done}; look at it with: cae app {study.path}")


@app.command("import", epilog=_examples("import"))
def import_command(
    context: typer.Context,
    source: SourceArgument,
    out: OutOption,
    seed: SeedOption = None,
    limit: LimitOption = None,
    name: NameOption = None,
) -> None:
    """Read the images of SOURCE into a new study."""
    from cae import steps
    from cae.sources import parse

    with _reporting(context) as report:
        report.on_step("import")
        study = steps.import_images(parse(source), out, seed or 0, limit, name, report.progress)
    problems = len(study.problems)
    _say(f"{len(study)} images imported into {study.path}.")
    if problems:
        unused = "1 file or row" if problems == 1 else f"{problems} files or rows"
        _say(f"{unused} could not be used; cae info {study.path} lists them.")


@app.command(epilog=_examples("train"))
def train(
    context: typer.Context,
    folder: StudyArgument,
    method: MethodOption = None,
    epochs: EpochsOption = None,
    latent: LatentOption = None,
    preset: PresetOption = None,
    architecture: ArchitectureOption = None,
    clusters: ClustersOption = None,
    clinical: ClinicalOption = None,
    clinical_weights: ClinicalWeightsOption = None,
    pseudo_classes: PseudoClassesOption = None,
    positives: PositivesOption = None,
    temperature: TemperatureOption = None,
    regions: RegionsOption = None,
    shape: ShapeOption = None,
    seed: SeedOption = None,
) -> None:
    """Train a model on the study's images; a training that was cut off goes on.

    Options left out are those of the study's last training.
    """
    from cae import steps
    from cae.study import Study

    study = Study.open(folder)
    changes = _given(
        method=method,
        architecture=architecture,
        clusters=clusters,
        clinical=None if clinical is None else clinical.split(","),
        clinical_weights=_numbers(clinical_weights),
        pseudo_classes=pseudo_classes,
        positives=positives,
        temperature=temperature,
        regions=regions,
        shape=shape,
        preset=preset,
        epochs=epochs,
        latent=latent,
        seed=seed,
    )
    with _reporting(context) as report:
        if method == _LOCAL:
            local = _local_settings(study, changes)
            steps.complete_local(study, local, report.progress, report.on_step)
        else:
            report.on_step("train")
            steps.train(study, _settings(study, changes), report.progress)
    _say(f"The model is in {study.path / ('local' if method == _LOCAL else 'model')}.")


@app.command(epilog=_examples("use"))
def use(
    context: typer.Context,
    folder: StudyArgument,
    checkpoint: Annotated[
        str, typer.Option(metavar="NAME", help="One of cae checkpoints.", show_default=False)
    ],
) -> None:
    """Take a trained model that comes with the program, then encode, project and cluster."""
    from cae import steps
    from cae.checkpoints import use_checkpoint
    from cae.study import Study

    study = Study.open(folder)
    with _reporting(context) as report:
        use_checkpoint(study, checkpoint)
        steps.complete(study, progress=report.progress, on_step=report.on_step)
    _say(f"The study {study.path} is complete; look at it with: cae app {study.path}")


@app.command(epilog=_examples("checkpoints"))
def checkpoints() -> None:
    """List the trained models that come with the program and how to get their images."""
    from cae.checkpoints import list_checkpoints

    for one in list_checkpoints():
        height, width, channels = one.shape
        kind = "grey" if channels == 1 else "RGB"
        typer.echo(f"{one.name:<16} {width}×{height} px {kind}  {one.title}. {one.images}")


@app.command(epilog=_examples("encode"))
def encode(context: typer.Context, folder: StudyArgument) -> None:
    """Turn every image into its latent."""
    from cae import steps
    from cae.study import Study

    study = Study.open(folder)
    with _reporting(context) as report:
        report.on_step("encode")
        steps.encode(study, report.progress)
    _say(f"{study.latents.shape[0]} latents of {study.latents.shape[1]} numbers computed.")


@app.command(epilog=_examples("project"))
def project(
    context: typer.Context,
    folder: StudyArgument,
    neighbors: Annotated[int, typer.Option(min=2, help="Neighbours whose closeness is kept.")] = 30,
    min_dist: Annotated[float, typer.Option(min=0, max=1, help="Least distance on the map.")] = 0.1,
) -> None:
    """Draw the map of the latents with UMAP."""
    from cae import steps
    from cae.study import Study

    study = Study.open(folder)
    with _reporting(context) as report:
        report.on_step("project")
        steps.project(study, neighbors, min_dist, progress=report.progress)
    _say(f"The map of {len(study.projection)} images is drawn.")


@app.command("map", epilog=_examples("map"))
def map_command(
    context: typer.Context,
    folder: StudyArgument,
    neighbors: Annotated[int, typer.Option(min=2, help="Neighbours whose closeness is kept.")] = 30,
    min_dist: Annotated[float, typer.Option(min=0, max=1, help="Least distance on the map.")] = 0.1,
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="A plane, or space.")] = 2,
) -> None:
    """Draw another map with UMAP, to be looked at beside the study's own."""
    from cae.projections import keep_projection, umap_projection
    from cae.study import Study

    study = Study.open(folder)
    wanted = umap_projection(neighbors, min_dist, dimensions)
    with _reporting(context) as report:
        report.on_step("map")
        keep_projection(study, wanted, report.progress)
    _say(f"The map {wanted.name} of {len(study)} images is drawn.")


@app.command(epilog=_examples("cluster"))
def cluster(
    context: typer.Context,
    folder: StudyArgument,
    k: Annotated[
        int | None, typer.Option(min=2, help="Use k-means on the latents with K clusters.")
    ] = None,
    min_size: Annotated[
        int | None, typer.Option(min=2, help="Images in the smallest HDBSCAN cluster.")
    ] = None,
    prototypes: Annotated[
        bool, typer.Option("--prototypes", help="Use the prototypes that the model learned.")
    ] = False,
) -> None:
    """Group the images: HDBSCAN on the map, k-means on the latents with --k, or --prototypes."""
    from cae import steps
    from cae.study import Study

    study = Study.open(folder)
    with _reporting(context) as report:
        report.on_step("cluster")
        if prototypes:
            steps.cluster_by_prototypes(study, report.progress)
        else:
            steps.cluster(study, k, min_size, report.progress)
    _say(f"{_clusters(study)['clusters']} clusters found.")


@app.command(epilog=_examples("info"))
def info(folder: StudyArgument, as_json: JsonOption = False) -> None:
    """Tell what a study holds and which steps are finished."""
    from cae.study import Study

    study = Study.open(folder)
    facts = study_facts(study)
    if as_json:
        _print_json(facts)
        return
    for name, value in facts.items():
        if name == "steps":
            value = ", ".join(f"{step} {entry['state']}" for step, entry in value.items())
        elif isinstance(value, dict):
            value = ", ".join(f"{key} {count}" for key, count in value.items())
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        typer.echo(f"{name.replace('_', ' '):<12} {'none' if value is None else value}")
    for problem in study.problems.itertuples(index=False):
        typer.echo(f"not used     {problem.file}: {problem.reason}")


@app.command(epilog=_examples("query"))
def query(
    folder: StudyArgument,
    expression: Annotated[
        str,
        typer.Argument(metavar="EXPRESSION", help="Conditions on columns.", show_default=False),
    ],
) -> None:
    """Print the ids of the images that fulfil an expression, one a line.

    Comparisons are ==, !=, <, <=, >, >=, in (…), between … and …, contains and is missing, joined
    by and, or, not and brackets.
    """
    from cae.cohorts.query import query_rows
    from cae.study import Study

    table = Study.open(folder).table
    for name in table["id"][query_rows(table, expression)]:
        typer.echo(name)


@app.command(epilog=_examples("verify"))
def verify(folder: StudyArgument) -> None:
    """Compare every file with the hash noted for it; says which step to redo. Exit code 1 if any.

    Nothing is changed.
    """
    from cae.study import Study

    study = Study.open(folder)
    found = study.verify()
    for damage in found:
        typer.echo(f"{damage.file or damage.step}: {damage.reason}; {_remedy(study, damage)}")
    if found:
        raise typer.Exit(ERROR)
    typer.echo(f"{study.path} is sound.")


@app.command(epilog=_examples("evaluate"))
def evaluate(
    context: typer.Context,
    folder: StudyArgument,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines",
            help="Also measure the commonest label, pixels, principal components, a plain "
            "autoencoder, the encoder trained with labels, and ImageNet features.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure how good the model is on the test split; null where there are no labels.

    Baselines are measured once and kept with the study.
    """
    from cae.evaluation import measure, measure_baselines, measured
    from cae.study import Study

    study = Study.open(folder)
    with _reporting(context) as report:
        report.on_step("evaluate")
        kept = measured(study) if baselines else None
        figures = kept or measure(study, report.progress)
        if baselines:
            figures["baselines"] = measure_baselines(study, report.progress, report.on_step)
    if as_json:
        _print_json(figures)
        return
    for name, value in figures.items():
        if not isinstance(value, list | dict):
            typer.echo(f"{name:<25} {_figure(value)}")
    for name, found in figures.get("baselines", {}).items():
        known = (f"{key} {_figure(value)}" for key, value in found.items() if value is not None)
        typer.echo(f"{name:<25} {', '.join(known) or 'none'}")


@app.command(epilog=_examples("finetune"))
def finetune(
    folder: StudyArgument,
    column: Annotated[str, typer.Option(help="Column of the table to learn.")],
    share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of training images with known values.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Learn a column from few labels: a linear head on frozen latents, AUROC on the test split."""
    from cae.evaluation.finetune import finetune_column
    from cae.study import Study

    found = finetune_column(Study.open(folder), column, share, seed)
    if as_json:
        _print_json(found)
        return
    typer.echo(f"{found['labelled_images']} images with known values of {column!r}.")
    for name, figures in found["values"].items():
        shown = "{auroc:.3f} ({low:.3f} to {high:.3f})".format(**figures) if figures else "none"
        typer.echo(f"{name:<20} AUROC {shown}")


@app.command(epilog=_examples("export"))
def export(
    context: typer.Context,
    folder: StudyArgument,
    cohort: Annotated[str, typer.Option(help="Name of a saved cohort.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.zip", help="The zip file.", show_default=False)
    ],
    identifying: Annotated[
        bool, typer.Option("--identifying", help="Include columns that may tell who a patient is.")
    ] = False,
) -> None:
    """Write a cohort's images, table, latents and provenance into a zip file."""
    from cae.cohorts.export import export_cohort
    from cae.study import Study

    study = Study.open(folder)
    saved = study.cohorts.get_by_name(cohort)
    with _reporting(context) as report:
        report.on_step("export")
        file = export_cohort(study, saved, out, identifying, report.progress)
    _say(f"{saved.count} images exported to {file}.")


@app.command(epilog=_examples("sample"))
def sample(
    context: typer.Context,
    folder: StudyArgument,
    cluster: Annotated[int, typer.Option(help="Number of the cluster.", show_default=False)],
    out: ArchiveOption,
    n: Annotated[int, typer.Option("--n", help="Number of samples.")] = 12,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Seed of every random choice.")
    ] = 0,
) -> None:
    """Draw synthetic images like the members of a cluster and write them with their latents.

    Every image is marked as synthetic.
    """
    from cae.latent.decoded_sample import cluster_members, decode_samples
    from cae.latent.sample_export import export_samples
    from cae.study import Study

    study = Study.open(folder)
    rows = cluster_members(study, cluster)
    with _reporting(context) as report:
        report.on_step("sample")
        samples = decode_samples(study, rows, {"kind": "cluster", "cluster": cluster}, n, seed)
        export_samples(study, samples, out, report.progress)
    _say(f"{n} synthetic images like those of cluster {cluster} written to {out}.")


@app.command(epilog=_examples("segment"))
def segment(
    context: typer.Context,
    folder: StudyArgument,
    out: ArchiveOption,
) -> None:
    """Write the regions of every image as masks (PNG, NPZ), their areas (CSV) and provenance."""
    import numpy as np

    from cae.local.segment_export import export_masks
    from cae.study import Study

    study = Study.open(folder)
    study.require("local")
    with _reporting(context) as report:
        report.on_step("segment")
        export_masks(study, np.arange(len(study)), out, report.progress)
    _say(f"Masks of {len(study)} images written to {out}.")


@app.command(epilog=_examples("landmark"))
def landmark(
    context: typer.Context,
    folder: StudyArgument,
    image: Annotated[str, typer.Option(metavar="ID", help="Id of the image the point is in.")],
    point: Annotated[str, typer.Option(metavar="X,Y", help="Its column and row, counted from 0.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.csv", help="The table.", show_default=False)
    ],
) -> None:
    """Find a point of one image in every other: coordinates, similarity, confidence."""
    import numpy as np

    from cae.local.landmark_export import write_landmarks
    from cae.local.locate import locate
    from cae.study import Study

    study = Study.open(folder)
    study.require("local")
    row, (x, y) = _row_of(study, image), _point(point)
    rows = np.delete(np.arange(len(study)), row)
    with _reporting(context) as report:
        report.on_step("landmark")
        found = locate(study, row, x, y, rows, report.progress)
        write_landmarks(study, row, x, y, rows, found, out)
    _say(f"The point was looked for in {len(rows)} images; the coordinates are in {out}.")


@app.command(epilog=_examples("augment"))
def augment(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="SOURCE_OR_DIR", help="A source or a study's folder.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="PNG", help="The picture.", show_default=False)
    ],
    preset: PresetOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
) -> None:
    """Draw what an augmentation preset does to eight images."""
    import numpy as np
    from PIL import Image

    from cae.sources import parse
    from cae.storage import atomic_path
    from cae.study import MANIFEST, Study
    from cae.training.augmentation import augmentation_sheet

    with _reporting(context) as report:
        if (Path(source) / MANIFEST).exists():
            study = Study.open(Path(source))
            images, kind = study.images, study.manifest["kind"]
        else:
            report.on_step("import")
            imageset = parse(source).load(report.progress)
            images, kind = imageset.images, imageset.kind
        rows = np.random.default_rng(seed).permutation(len(images))[:8]
        sheet = augmentation_sheet(np.asarray(images[np.sort(rows)]), preset or kind, seed)
        with atomic_path(out) as temporary:
            Image.fromarray(sheet.squeeze()).save(temporary, format="PNG")
    _say(f"The picture is in {out}.")


@app.command("app", epilog=_examples("app"))
def app_command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A study's folder.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; images stay here.")
    ] = "localhost",
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Open a study, or all studies of this computer, in the browser."""
    environment = dict(os.environ)
    if folder is not None:
        from cae.study import Study

        environment["CAE_STUDY"] = str(Study.open(folder).path)
    if not _APP_FILE.exists():
        raise CaeError(f"{_APP_FILE} is missing; install CAE Explorer from its source folder.")
    command = [sys.executable, "-m", "streamlit", "run", str(_APP_FILE)]
    command += ["--server.address", host, "--server.showEmailPrompt", "false"]
    command += ["--server.headless", "false" if browser and _has_display() else "true"]
    command += [] if port is None else ["--server.port", str(port)]
    # The app's own settings lie beside app.py and Streamlit reads them from where it runs.
    raise typer.Exit(subprocess.run(command, env=environment, cwd=_APP_FILE.parent).returncode)


def main() -> None:
    """Run the command line; every error is one line on stderr."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = app(prog_name="cae", standalone_mode=False)
    except TyperException as error:
        code = _fail(error.format_message(), MISUSE)
    except CaeError as error:
        code = _fail(str(error), MISUSE)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = _hush()
    except Exception as error:
        code = _fail(_unexpected(error), ERROR)
    if code == INTERRUPTED:
        _fail("Stopped; what is finished is kept, and the same command goes on from there.", code)
    sys.exit(code if isinstance(code, int) else 0)


def study_facts(study: "Study") -> dict[str, Any]:
    """Return what ``cae info`` tells, JSON-able."""
    from cae.study import LOCAL_STEPS, STEPS

    manifest, shape = study.manifest, study.images.shape
    local = [step for step in LOCAL_STEPS if step in manifest["steps"]]
    return {
        "name": study.name,
        "path": str(study.path),
        "source": manifest["source"],
        "credit": manifest["credit"],
        "kind": manifest["kind"],
        "created": manifest["created"],
        "seed": study.seed,
        "images": shape[0],
        "size": list(shape[1:]),
        "splits": {name: len(study.rows(name)) for name in ("train", "val", "test")},
        "columns": list(study.samples.columns),
        "problems": len(study.problems),
        "method": study.method,
        "steps": {step: _step_facts(study, step) for step in (*STEPS, *local)},
        **_clusters(study),
        "cohorts": len(study.cohorts.list()),
    }


def _step_facts(study: "Study", step: str) -> dict[str, Any]:
    entry = study.manifest["steps"].get(step, {})
    state = entry.get("state", "missing")
    if state == "done" and not study.is_current(step):
        state = "outdated"
    return {
        "state": "cut off" if state == "running" else state,
        "finished": entry.get("finished"),
        "seconds": entry.get("seconds"),
        "parameters": entry.get("parameters", {}),
    }


def _clusters(study: "Study") -> dict[str, int | None]:
    if not study.is_current("cluster"):
        return {"clusters": None, "unclustered": None}
    numbers = study.clusters["cluster"]
    return {
        "clusters": int(numbers[numbers >= 0].nunique()),
        "unclustered": int((numbers < 0).sum()),
    }


def _remedy(study: "Study", damage: "Damage") -> str:
    from cae.study import redo_command

    if damage.step == "import":
        source = study.manifest["source"]
        return f"import it anew into another folder: cae build {source} --out DIR"
    return f"redo it with: {redo_command(damage.step, study.path)}"


def _settings(study: "Study", changes: dict[str, Any]) -> "TrainingSettings":
    """Return the study's last settings, or those that suit it, with `changes` made."""
    from cae import steps
    from cae.training.settings import TrainingSettings

    last = steps.last_settings(study)
    if last is None:
        return steps.default_settings(study, **changes)
    if tuple(changes.get("clinical", last.clinical)) != last.clinical:
        # Weights given earlier are those of other columns.
        changes = {"clinical_weights": (), **changes}
    return TrainingSettings.from_dict({**last.to_dict(), **changes})


def _local_settings(study: "Study", changes: dict[str, Any]) -> "LocalSettings":
    """Return the settings of the study's last local model, or the usual ones, changed."""
    from cae import steps
    from cae.training.local_settings import LocalSettings

    changes = _without_method(changes)
    last = steps.last_local_settings(study)
    if last is None:
        return steps.default_local_settings(study, **changes)
    return LocalSettings.from_dict({**last.to_dict(), **changes})


def _without_method(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name != "method"}


def _row_of(study: "Study", image: str) -> int:
    found = (study.samples["id"].astype(str) == image).to_numpy().nonzero()[0]
    if len(found) == 0:
        raise CaeError(f"{study.path} holds no image with the id {image!r}; give one of its ids.")
    return int(found[0])


def _point(text: str) -> tuple[int, int]:
    try:
        x, y = (int(number) for number in text.split(","))
    except ValueError as error:
        raise CaeError(
            f"The point {text!r} is not X,Y; give column and row as in 31,40."
        ) from error
    return x, y


def _numbers(text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(number) for number in text.split(",")]
    except ValueError as error:
        raise CaeError(
            f"The weights {text!r} are not numbers with commas between; give them as in 1,0.5."
        ) from error


def _figure(value: Any) -> str:
    return "none" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


@contextmanager
def _reporting(context: typer.Context) -> Iterator["Reporter"]:
    """Show progress on stderr, and in the status file where one is asked for."""
    from cae.jobs import StatusFile
    from cae.reporting import Reporter
    from cae.terminal import display

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
    if isinstance(error, KeyboardInterrupt):
        return "cancelled", ""
    return "failed", str(error) if isinstance(error, CaeError) else _brief(error)


def _brief(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory; close other programs or use fewer images (--limit)."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or 'a file'}; free space or check permissions."
    return f"Something unexpected happened ({type(error).__name__}: {error})."


def _unexpected(error: Exception) -> str:
    """Write the traceback to a log file and return a sentence that names it."""
    from cae.home import studies_folder

    brief = " ".join(_brief(error).split())
    now = datetime.now(UTC)
    log = studies_folder() / ".logs" / f"error-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), "utf-8")
    except OSError:
        return brief
    return f"{brief} Details are in {log}"


def _fail(message: str, code: int) -> int:
    typer.echo(f"cae: {' '.join(message.split())}", err=True)
    return code


def _hush() -> int:
    """Keep Python from complaining at exit about the pipe that was closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _has_display() -> bool:
    return sys.platform != "linux" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))
