"""The command that compares two studies of the same images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cae.cli.options import JsonOption, examples, print_json, reporting, study_folder

if TYPE_CHECKING:
    from cae.cohorts.bootstrap import Estimate
    from cae.evaluation.two_studies.comparison import Agreement
    from cae.evaluation.two_studies.knowledge import Knowledge, Probe

commands = typer.Typer()


@commands.command(epilog=examples("agreement"))
def agreement(
    context: typer.Context,
    first: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A study's folder.", parser=study_folder, show_default=False
        ),
    ],
    second: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Of another study of the same images.",
            parser=study_folder,
            show_default=False,
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Compare two studies of the same images: neighbours, clusters, which columns each knows.

    Images are matched by id and pixels. Columns are read from latents by neighbours and a linear
    model, on test images; differences come with 95 % intervals. What is found is kept with the
    first study, so that the app shows it.
    """
    from cae.evaluation.two_studies import measure_agreement
    from cae.study.study import Study

    with reporting(context) as report:
        report.plan(("agreement",))
        report.on_step("agreement")
        found = measure_agreement(Study.open(first), Study.open(second), report.progress)
    if as_json:
        print_json(found.to_dict())
        return
    _show(found)


def _show(found: "Agreement") -> None:
    arranged = found.arrangement
    first, second = found.names
    typer.echo(
        f"{first} ({found.images[0]:,} images) against {second} ({found.images[1]:,} images): "
        f"{found.shared:,} in both"
    )
    for remark in found.remarks:
        typer.echo(remark)
    facts = {
        f"{arranged.neighbours} nearest shared": f"{_estimate(arranged.overlap)}, by chance "
        f"{arranged.chance:.2g}",
        "linear CKA": "none" if arranged.cka is None else f"{arranged.cka:.3f}",
        "clusters": " and ".join("none" if n is None else str(n) for n in arranged.clusters),
        "clusters agree (AMI)": "none"
        if arranged.cluster_agreement is None
        else f"{arranged.cluster_agreement:.3f}",
    }
    for name, text in facts.items():
        typer.echo(f"{name:<24} {text}")
    if found.columns:
        typer.echo(f"\nWhat {first} knows of columns, what {second} does, and the difference")
    for column in found.columns:
        for probe in column.probes:
            typer.echo(_line(column, probe))
    for name, reason in found.left_out.items():
        typer.echo(f"{name:<24} left out: {reason}")


def _line(column: "Knowledge", probe: "Probe") -> str:
    parts = [
        f"{column.measure} {_estimate(probe.first)}",
        _estimate(probe.second),
        f"difference {_estimate(probe.difference)}",
        f"pixels {probe.pixels.value:.2f}",
        f"chance {column.chance:g}",
        f"{column.test_images:,} test images",
    ]
    if probe.q is not None:
        from cae.cohorts.characteristics import p_text

        parts.append(f"q {p_text(probe.q)}")
    return f"{column.column:<24} {probe.name:<7} {'; '.join(parts)}"


def _estimate(one: "Estimate") -> str:
    if one.low is None or one.high is None:
        return f"{one.value:.2f}"
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"
