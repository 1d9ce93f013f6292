"""The command that lets a network describe a study's images."""

from pathlib import Path
from typing import Annotated

import typer

from cae.cli.options import EngineOption, StudyArgument, examples, reporting, say
from cae.number_text import counted

commands = typer.Typer()


@commands.command(epilog=examples("embed"))
def embed(
    context: typer.Context,
    folder: StudyArgument,
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_FOLDER",
            help="lite0, which comes with the program; local, the study's own local model; "
            "latents, those that the study has, with --out; or a local folder with config.json and "
            "model.safetensors, such as of DINOv2 or RAD-DINO.",
        ),
    ] = "lite0",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.npz|FILE.parquet",
            help="Write a file; the study stays as it is.",
        ),
    ] = None,
    engine: EngineOption = "plain",
) -> None:
    """Let a network that was trained elsewhere, or the local model, describe a study's images.

    Its vectors become the latents of a study that has none, followed by map and clusters; with
    --out they become a file for cae build --latents. What was cut off goes on.
    """
    from cae.sources.engine import using
    from cae.study import steps
    from cae.study.embed import embed as write_embeddings
    from cae.study.embed import embed_latents
    from cae.study.step import BROUGHT_STEPS
    from cae.study.study import Study

    study = Study.open(folder)
    with using(engine), reporting(context) as report:
        if out is not None:
            report.on_step("embed")
            write_embeddings(study, model, out, report.progress)
        else:
            report.plan(BROUGHT_STEPS[1:])
            report.on_step("encode")
            embed_latents(study, model, report.progress)
            steps.complete(study, progress=report.progress, on_step=report.on_step)
    if out is not None:
        say(f"The vectors of {counted(len(study), 'image')} are in {out}.")
    else:
        say(f"The study {study.path} is complete; look at it with: cae app {study.path}")
