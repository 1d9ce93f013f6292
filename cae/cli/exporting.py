"""Commands that write files for elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cae.cli.options import (
    ArchiveOption,
    IdentifyingOption,
    StudyArgument,
    examples,
    parse_point,
    reporting,
    row_of,
    say,
)
from cae.errors import CaeError
from cae.number_text import counted
from cae.seed import HIGHEST_SEED

if TYPE_CHECKING:
    import numpy as np

    from cae.decoding.decoded_path import Average, DecodedPath, LatentPath
    from cae.export.exporter import Exporter
    from cae.study.study import Study

LikelyOption = Annotated[
    bool, typer.Option("--likely", help="Decode likely images; what they add is invented.")
]
NoiseOption = Annotated[
    int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of the noise of likely images.")
]
_GROUPS = ("cohort", "cluster", "label", "query")

commands = typer.Typer()


@commands.command(epilog=examples("export"))
def export(
    context: typer.Context,
    folder: StudyArgument,
    cohort: Annotated[str, typer.Option(help="Name of a saved cohort.", show_default=False)],
    out: ArchiveOption,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="TOOL",
            help="Add what monai, fiftyone, embedding-atlas or tensorboard opens; repeatable.",
        ),
    ] = None,
    folds: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Divide the images into N folds, none of which shares a patient or "
            "near-duplicates with another.",
        ),
    ] = 0,
    near_duplicates_may_cross: Annotated[
        bool,
        typer.Option(
            "--near-duplicates-may-cross",
            help="Let images that look alike lie in several folds or splits, which is noted.",
        ),
    ] = False,
    images: Annotated[
        str,
        typer.Option(
            metavar="HOW",
            help="rendered (PNG), originals (the files as they were, which may tell who a patient "
            "is by headers, names and pixels, so only with --identifying) or both.",
        ),
    ] = "rendered",
    identifying: IdentifyingOption = False,
) -> None:
    """Write a cohort's images, masks, table, latents and provenance.

    Masks are those that came with the images; cae segment writes the regions that a model found.
    """
    from cae.export.cohort import CohortExport, export_cohort
    from cae.export.originals import told_originals
    from cae.study.study import Study

    study = Study.open(folder)
    saved = study.cohorts.get_by_name(cohort)
    what = CohortExport(
        saved, tuple(formats or ()), folds, near_duplicates_may_cross, images=images
    )
    with reporting(context) as report:
        report.on_step("export")
        file = export_cohort(study, what, out, identifying=identifying, progress=report.progress)
    say(f"{counted(saved.count, 'image')} exported to {file}.")
    if what.has_originals and (left_out := told_originals(file)):
        say(left_out)


@commands.command(epilog=examples("sample"))
def sample(
    context: typer.Context,
    folder: StudyArgument,
    cluster: Annotated[int, typer.Option(help="Number of the cluster.", show_default=False)],
    out: ArchiveOption,
    n: Annotated[int, typer.Option("--n", help="Number of samples.")] = 12,
    seed: Annotated[
        int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of every random choice.")
    ] = 0,
    likely: LikelyOption = False,
    noise: NoiseOption = 0,
    dicom: Annotated[
        bool,
        typer.Option("--dicom", help="Write DICOM Secondary Capture with UIDs of its own, no PNG."),
    ] = False,
    identifying: IdentifyingOption = False,
) -> None:
    """Draw synthetic images like the members of a cluster and write them with their latents.

    Every image is marked as synthetic. With --likely the study's sharp decoder is used. The name
    of what --dicom writes must contain "synthetic".
    """
    from cae.decoding.decoded_sample import cluster_members, decode_samples
    from cae.decoding.rendering import LIKELY, MEAN, Rendering
    from cae.export.dicom import export_dicom
    from cae.export.samples import export_samples
    from cae.study.study import Study

    study = Study.open(folder)
    rows = cluster_members(study, cluster)
    with reporting(context) as report:
        report.on_step("sample")
        rendering = Rendering(LIKELY if likely else MEAN, noise)
        like = {"kind": "cluster", "cluster": cluster}
        samples = decode_samples(study, rows, like, n, seed, rendering)
        export = export_dicom if dicom else export_samples
        export(study, samples, out, identifying=identifying, progress=report.progress)
    say(f"{n} synthetic images like those of cluster {cluster} written to {out}.")


@commands.command(epilog=examples("path"))
def path(
    context: typer.Context,
    folder: StudyArgument,
    anchors: Annotated[
        list[str],
        typer.Argument(
            metavar="ANCHOR…",
            help="Each the id of an image, or for the average of a group cohort:NAME, "
            "cluster:NUMBER or its name, label:VALUE or query:CONDITION.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="PATH",
            help="A name with the word synthetic: .zip, .gif, .webp, .mp4 or .pdf, else a folder.",
            show_default=False,
        ),
    ],
    steps: Annotated[int, typer.Option(min=3, max=49, help="Images, both ends included.")] = 9,
    neighbours: Annotated[
        bool, typer.Option("--neighbours", help="From real image to real image; images only.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Encode the images again and say how far they are off."),
    ] = False,
    likely: LikelyOption = False,
    noise: NoiseOption = 0,
    identifying: IdentifyingOption = False,
) -> None:
    """Decode what lies between images, or between averages of groups, and write it.

    Averages are mean latents and stand for no image. Every image is marked as synthetic.
    """
    from cae.decoding.decoded_path import decode_path
    from cae.decoding.path_check import check_path
    from cae.decoding.rendering import LIKELY, MEAN, Rendering
    from cae.study.study import Study

    study = Study.open(folder)
    walked = _walked(study, anchors, steps, neighbours)
    write = _path_export(out)
    with reporting(context) as report:
        report.on_step("path")
        decoded = decode_path(study, walked, Rendering(LIKELY if likely else MEAN, noise))
        if check:
            decoded = replace(decoded, apart=check_path(study, decoded).distances)
        write(study, decoded, out, identifying=identifying, progress=report.progress)
    say(f"{steps} synthetic images between {len(anchors)} anchors written to {out}.")
    if decoded.apart is not None:
        say(_apart_words(decoded.apart))


def _walked(study: "Study", anchors: list[str], steps: int, neighbours: bool) -> "LatentPath":
    from cae.decoding.decoded_path import walk, walk_averages

    averages = [_average(study, text) for text in anchors]
    if all(len(one.rows) == 1 for one in averages):
        rows = [int(one.rows[0]) for one in averages]
        return walk(study, rows, steps, "neighbours" if neighbours else "geodesic")
    if neighbours:
        raise CaeError("A path along neighbours joins images; leave groups or --neighbours out.")
    return walk_averages(study, averages, steps)


def _path_export(out: Path) -> "Exporter[DecodedPath]":
    """Return what writes a path to a file of this name, or to a folder."""
    from cae.export import path as exports

    return {
        ".gif": exports.export_gif,
        ".webp": exports.export_webp,
        ".mp4": exports.export_mp4,
        ".pdf": exports.export_sheet,
    }.get(out.suffix.lower(), exports.export_path)


def _apart_words(apart: "np.ndarray") -> str:
    import numpy as np

    return (
        "Encoded again they are, by cosine distance, "
        f"{np.median(apart):.3f} from what was meant in the median and at most {apart.max():.3f}."
    )


def _average(study: "Study", text: str) -> "Average":
    """Return the image or the group that a text names."""
    import numpy as np

    from cae.cohorts.groups import groups_of
    from cae.cohorts.material import material_of
    from cae.decoding.decoded_path import Average

    ids = study.samples["id"].astype(str)
    if text.partition(":")[0] in _GROUPS and not (ids == text).any():
        (group,) = groups_of(material_of(study), [text])
        return Average(group.name, group.rows)
    return Average(text, np.array([row_of(study, text)]))


@commands.command(epilog=examples("segment"))
def segment(
    context: typer.Context,
    folder: StudyArgument,
    out: ArchiveOption,
    identifying: IdentifyingOption = False,
) -> None:
    """Write the regions of every image as masks (PNG, NPZ), their areas (CSV) and provenance."""
    import numpy as np

    from cae.export.masks import export_masks
    from cae.study.study import Study

    study = Study.open(folder)
    study.require("local")
    with reporting(context) as report:
        report.on_step("segment")
        rows = np.arange(len(study))
        export_masks(study, rows, out, identifying=identifying, progress=report.progress)
    say(f"Masks of {counted(len(study), 'image')} written to {out}.")


@commands.command(epilog=examples("outline"))
def outline(
    context: typer.Context,
    folder: StudyArgument,
    out: ArchiveOption,
    labelled: Annotated[
        str,
        typer.Option(
            metavar="COHORT",
            help="Learn from the masks of this saved cohort.",
            show_default="training images with a mask",
        ),
    ] = "",
    steps: Annotated[int, typer.Option(min=1, help="Steps of training.")] = 150,
    seed: Annotated[
        int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of weights and views.")
    ] = 0,
    identifying: IdentifyingOption = False,
) -> None:
    """Learn structures from a few images with masks, and outline them in all others."""
    from cae.decoding.outline import learn_outlines, outlined_rows
    from cae.export.outlines import export_outlines
    from cae.local.transfer import TransferSettings
    from cae.study.study import Study

    study = Study.open(folder)
    rows = study.cohorts.rows_of(labelled) if labelled else outlined_rows(study)
    with reporting(context) as report:
        report.on_step("outline")
        settings = TransferSettings(steps=steps, seed=seed)
        learnt = learn_outlines(study, rows, settings, report.progress)
        export_outlines(study, learnt, out, identifying=identifying, progress=report.progress)
    say(
        f"Outlines of {counted(len(study), 'image')}, learnt from {len(learnt.labelled)} "
        f"({learnt.begins_from}), written to {out}."
    )
    if learnt.unlabelled:
        say(f"{learnt.unlabelled} images without a mask were left out of these.")
    for name, found in zip(learnt.names, learnt.agreement, strict=True):
        if found.images:
            say(
                f"{name}: Dice {found.dice:.2f} ({found.interval}) "
                f"on {found.images} other images with a mask."
            )
        else:
            say(f"{name}: no other image has a mask, so nothing says how good its outlines are.")


@commands.command(epilog=examples("landmark"))
def landmark(
    context: typer.Context,
    folder: StudyArgument,
    image: Annotated[str, typer.Option(metavar="ID", help="Id of the image the point is in.")],
    point: Annotated[str, typer.Option(metavar="X,Y", help="Its column and row, counted from 0.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.csv", help="The table.", show_default=False)
    ],
    identifying: IdentifyingOption = False,
) -> None:
    """Find a point of one image in every other: coordinates, similarity, confidence."""
    import numpy as np

    from cae.decoding.locate import locate
    from cae.export.landmarks import export_landmarks
    from cae.study.study import Study

    study = Study.open(folder)
    study.require("local")
    row, (x, y) = row_of(study, image), parse_point(point)
    rows = np.delete(np.arange(len(study)), row)
    with reporting(context) as report:
        report.on_step("landmark")
        found = locate(study, row, x, y, rows, report.progress)
        export_landmarks(study, found, out, identifying=identifying)
    say(f"The point was looked for in {counted(len(rows), 'image')}; the coordinates are in {out}.")
