"""Commands that look at a study: its state, its images, how good its model is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cae.cli.options import (
    ERROR,
    JsonOption,
    StudyArgument,
    examples,
    figure,
    print_json,
    reporting,
    say,
    study_folder_as_it_is,
)
from cae.number_text import counted
from cae.seed import HIGHEST_SEED

if TYPE_CHECKING:
    from cae.study.folder import Damage
    from cae.study.study import Study


commands = typer.Typer()


@commands.command(epilog=examples("info"))
def info(folder: StudyArgument, as_json: JsonOption = False) -> None:
    """Tell what a study holds and which steps are finished."""
    from cae.study.study import Study

    study = Study.open(folder)
    facts = study_facts(study)
    if as_json:
        print_json(facts)
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
        typer.echo(f"remark       {problem.file}: {problem.reason}")


@commands.command(epilog=examples("query"))
def query(
    folder: StudyArgument,
    expression: Annotated[
        str,
        typer.Argument(metavar="EXPRESSION", help="Conditions on columns.", show_default=False),
    ],
) -> None:
    """Print the ids of the images that fulfil an expression, one a line.

    Comparisons are ==, !=, <, <=, >, >=, in (…), between … and …, contains and is missing, joined
    by and, or, not and brackets; cohort("NAME") stands for the images of a saved cohort.
    """
    from cae.study.querying import queried
    from cae.study.study import Study

    study = Study.open(folder)
    for name in study.samples["id"].iloc[queried(study, expression)]:
        typer.echo(name)


@commands.command(epilog=examples("verify"))
def verify(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="The study's folder, or its address, such as s3://bucket/study.",
            parser=study_folder_as_it_is,
            show_default=False,
        ),
    ],
) -> None:
    """Read every file and compare it with the hash noted for it; says which step to redo.

    Exit code 1 if any is damaged.

    Nothing is changed.
    """
    from cae.read_only import address_of
    from cae.study.study import Study
    from cae.study.verify import verify as find_damage

    study = Study.open(folder)
    found = find_damage(study)
    for damage in found:
        typer.echo(f"{damage.file or damage.step}: {damage.reason}; {_remedy(study, damage)}")
    if found:
        raise typer.Exit(ERROR)
    typer.echo(f"{address_of(study.path) or study.path} is sound.")


def _remedy(study: "Study", damage: "Damage") -> str:
    from cae.uploads import uploaded_source

    if not damage.step:
        return "restore it from a copy, or remove it"
    if damage.step == "import":
        source = study.manifest["source"]
        if (uploaded := uploaded_source(source)) is not None:
            return f"bring {uploaded.partition(':')[2]} again as a new study"
        return f"import it anew into another folder: cae build {source} --out DIR"
    return f"redo it with: {study.redo(damage.step)}"


@commands.command(epilog=examples("evaluate"))
def evaluate(
    context: typer.Context,
    folder: StudyArgument,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines",
            help="Also measure the majority class, pixels, principal components, a plain "
            "autoencoder, the encoder trained with labels, and ImageNet features.",
        ),
    ] = False,
    marks: Annotated[
        bool,
        typer.Option(
            "--marks",
            help="Also plant small marks in test images, and count which decoding loses and "
            "which it invents.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure how good the model is on the test split; null where there are no labels.

    Baselines and marks are measured once and kept with the study.
    """
    from cae.evaluation import measure, measure_baselines, measure_marks, measured
    from cae.evaluation.baselines import BASELINES
    from cae.evaluation.held_out import foreign_words
    from cae.evaluation.planted_marks import MARK_COUNTS, mark_words
    from cae.study.study import Study

    study = Study.open(folder)
    with reporting(context) as report:
        further = (*(BASELINES if baselines else ()), *(("marks",) if marks else ()))
        report.plan(("evaluate", *further))
        report.on_step("evaluate")
        kept = measured(study) if further else None
        figures = kept or measure(study, report.progress)
        if baselines:
            figures["baselines"] = measure_baselines(study, report.progress, report.on_step)
        if marks:
            report.on_step("marks")
            figures["marks"] = measure_marks(study, report.progress)
    if as_json:
        print_json(figures)
        return
    if foreign := foreign_words(study):
        say(foreign)
    for name, value in figures.items():
        if not isinstance(value, list | dict):
            typer.echo(f"{name:<32} {figure(value)}")
    for name, found in figures.get("baselines", {}).items():
        known = (f"{key} {figure(value)}" for key, value in found.items() if value is not None)
        typer.echo(f"{name:<32} {', '.join(known) or 'none'}")
    for row in figures.get("marks", {}).get("rows", []):
        words = f"{mark_words(row)}, {row['decoded_as']}"
        lost, invented = (f"{row[a]} of {row[b]}" for a, b in MARK_COUNTS)
        typer.echo(f"{words:<32} lost {lost}, invented {invented}")


@commands.command(epilog=examples("finetune"))
def finetune(
    folder: StudyArgument,
    column: Annotated[str, typer.Option(help="Column of the table to learn.")],
    share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of training images with known values.")
    ] = 0.05,
    seed: Annotated[
        int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of every random choice.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Learn a column from few labels: a linear head on frozen latents, AUROC on the test split."""
    from cae.evaluation.finetune import finetune_column
    from cae.evaluation.held_out import foreign_words
    from cae.study.study import Study

    study = Study.open(folder)
    found = finetune_column(study, column, share, seed)
    if foreign := foreign_words(study):
        say(foreign)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{counted(found['labelled_images'], 'image')} with known values of {column!r}.")
    for name, figures in found["values"].items():
        typer.echo(f"{name:<20} AUROC {_area_text(figures)}")


def _area_text(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "none"
    if figures["low"] is None:
        return f"{figures['auroc']:.3f} (too few patients for an interval)"
    return "{auroc:.3f} ({low:.3f} to {high:.3f})".format(**figures)


def study_facts(study: "Study") -> dict[str, Any]:
    """Return what ``cae info`` tells, JSON-able."""
    from cae.read_only import address_of
    from cae.study.brought import told
    from cae.study.step import DECODER_STEPS, LOCAL_STEPS

    manifest, shape = study.manifest, study.images.shape
    further = [
        step for step in (*DECODER_STEPS, "sharpen", *LOCAL_STEPS) if step in manifest["steps"]
    ]
    return {
        "name": study.name,
        "path": str(study.path),
        "copy_of": address_of(study.path),
        "source": manifest["source"],
        "credit": manifest["credit"],
        "kind": manifest["kind"],
        "created": manifest["created"],
        "seed": study.seed,
        "images": shape[0],
        "size": list(shape[1:]),
        "splits": {name: len(study.rows(name)) for name in ("train", "val", "test")},
        "columns": list(study.samples.columns),
        "choices": study.choices,
        "columns_from": {name: str(origin) for name, origin in study.origins.items()},
        "problems": len(study.problems),
        "notes": list(study.notes),
        "method": study.method,
        "latents_from": told(study) or None,
        "steps": {step: _step_facts(study, step) for step in (*study.map_steps, *further)},
        **clusters_found(study),
        "cohorts": len(study.cohorts.list()),
    }


def _step_facts(study: "Study", step: str) -> dict[str, Any]:
    entry = study.manifest["steps"].get(step, {})
    state = "missing"
    if study.is_done(step):
        state = "done" if study.is_current(step) else "outdated"
    elif study.unfinished(step) is not None:
        state = "cut off"
    return {
        "state": state,
        "finished": entry.get("finished"),
        "seconds": entry.get("seconds"),
        "parameters": study.parameters(step),
        "unfinished": study.unfinished(step) is not None,
    }


def clusters_found(study: "Study") -> dict[str, int | None]:
    """Return how many clusters and unclustered images there are; None before `cluster`."""
    if not study.is_done("cluster"):
        return {"clusters": None, "unclustered": None}
    numbers = study.clusters["cluster"]
    return {
        "clusters": int(numbers[numbers >= 0].nunique()),
        "unclustered": int((numbers < 0).sum()),
    }
