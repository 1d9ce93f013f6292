"""Commands about cohorts: which there are, others made from them, how they differ, survival."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cae.cli.options import (
    IdentifyingOption,
    JsonOption,
    StudyArgument,
    examples,
    print_json,
    say,
)
from cae.errors import CaeError
from cae.number_text import counted
from cae.seed import HIGHEST_SEED

if TYPE_CHECKING:
    from cae.cohorts.comparison import ColumnDifference, Comparison
    from cae.cohorts.confounding import Prediction
    from cae.cohorts.time_to_event import Survival

_FORMS = (
    "cohort:NAME, selection:TOKEN (of an address of the app), cluster:NUMBER or its name, "
    "label:VALUE, corrected_label:VALUE, query:CONDITION or rest"
)
_UNIT = typer.Option(help="What is counted: patient (usual where known) or image.")
UnitOption = Annotated[str | None, _UNIT]
NewNameOption = Annotated[
    str, typer.Option("--name", metavar="NAME", help="Of the new cohort.", show_default=False)
]
NoteOption = Annotated[str, typer.Option("--note", help="What its images have in common.")]
GroupsArgument = Annotated[
    list[str], typer.Argument(metavar="GROUP…", help=f"Each {_FORMS}.", show_default=False)
]
SeedOption = Annotated[
    int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of bootstraps, permutations and folds.")
]

commands = typer.Typer()
cohort = typer.Typer(
    help="List, import and combine cohorts, compare groups and their survival, make Table 1; "
    "who changed what, and cohorts of a group.",
    rich_markup_mode=None,
)
commands.add_typer(cohort, name="cohort")


@cohort.command("list", epilog=examples("cohort list"))
def list_command(folder: StudyArgument, as_json: JsonOption = False) -> None:
    """List the saved cohorts: name, images, when it was saved, how it came about."""
    from cae.cohorts.picking import history_in_words
    from cae.study.study import Study

    cohorts = Study.open(folder).cohorts.list()
    facts = [
        {
            "name": saved.name,
            "images": saved.count,
            "saved": saved.created,
            "history": history_in_words(saved.selection),
            "note": saved.note,
            "live": saved.query,
            "tags": list(saved.tags),
            "problem": saved.problem,
        }
        for saved in cohorts
    ]
    if as_json:
        print_json({"cohorts": facts})
        return
    for one, saved in zip(facts, cohorts, strict=True):
        told = [str(one[name]) for name in ("name", "images", "saved", "history", "note")]
        told += [f"live: {saved.query}"] if saved.is_live else []
        told += [", ".join(saved.tags)] if saved.tags else []
        told += [saved.problem] if saved.problem else []
        typer.echo("\t".join(told).rstrip())


@cohort.command("combine", epilog=examples("cohort combine"))
def combine_command(
    folder: StudyArgument,
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION",
            help="union, intersection, difference (of the first from the others) or complement.",
            show_default=False,
        ),
    ],
    names: Annotated[
        list[str], typer.Argument(metavar="COHORT…", help="Names of cohorts.", show_default=False)
    ],
    name: NewNameOption,
    note: NoteOption = "",
) -> None:
    """Save the union, intersection, difference or complement of cohorts as another one."""
    from cae.cohorts.combination import combined
    from cae.export.provenance import study_digests
    from cae.study.study import Study

    study = Study.open(folder)
    cohorts = [study.cohorts.of_these_images(one) for one in names]
    selection = combined(operation, cohorts, len(study))
    saved = study.cohorts.save(name, selection, note, **study_digests(study))
    say(f"Saved {saved.name!r} with {counted(saved.count, 'image')}.")


@cohort.command("import", epilog=examples("cohort import"))
def import_command(
    folder: StudyArgument,
    table: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="CSV, TSV, .xlsx, Parquet, …", show_default=False),
    ],
    name: NewNameOption,
    column: Annotated[
        str | None,
        typer.Option(help="With the ids; usually id, or the one that names most images."),
    ] = None,
    note: NoteOption = "",
) -> None:
    """Save the images that a table names by their ids; says how many, and which it does not know.

    Ids are compared exactly: capitals and zeros in front count.
    """
    from cae.cohorts.id_list import read_id_list
    from cae.export.provenance import study_digests
    from cae.study.study import Study

    study = Study.open(folder)
    found = read_id_list(table, study.samples["id"], column)
    for remark in found.notes:
        say(f"{table.name}: {remark}.")
    say(f"Column {found.column!r}: {found.sentence}")
    selection = found.selection(table.name)
    saved = study.cohorts.save(name, selection, note, **study_digests(study))
    say(f"Saved {saved.name!r} with {counted(saved.count, 'image')}.")


@cohort.command("live", epilog=examples("cohort live"))
def live_command(
    folder: StudyArgument,
    expression: Annotated[
        str,
        typer.Argument(metavar="EXPRESSION", help="As of cae query.", show_default=False),
    ],
    name: NewNameOption,
    note: NoteOption = "",
) -> None:
    """Save an expression as a live cohort, which holds what fulfils it whenever it is looked at.

    cae cohort freeze lets it keep the images that it holds then.
    """
    from cae.columns.filters import with_cluster_numbers
    from cae.study.cluster_names import cluster_names
    from cae.study.study import Study

    study = Study.open(folder)
    query = with_cluster_numbers(expression, cluster_names(study), study.full_table)
    saved = study.cohorts.save_live(name, query, note)
    say(f"Saved the live cohort {saved.name!r}, which holds {counted(saved.count, 'image')} now.")


@cohort.command("freeze", epilog=examples("cohort freeze"))
def freeze_command(
    folder: StudyArgument,
    name: Annotated[str, typer.Argument(metavar="COHORT", show_default=False)],
) -> None:
    """Let a live cohort keep the images that it holds now."""
    from cae.export.provenance import study_digests
    from cae.study.study import Study

    study = Study.open(folder)
    live = study.cohorts.get_by_name(name)
    frozen = study.cohorts.freeze(live, **study_digests(study))
    say(f"{frozen.name!r} keeps its {counted(frozen.count, 'image')}.")


@cohort.command("log", epilog=examples("cohort log"))
def log_command(
    folder: StudyArgument,
    name: Annotated[
        str, typer.Argument(metavar="COHORT", help="Of one cohort only.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List who saved, renamed, changed, deleted or exported cohorts, and when, newest first."""
    from dataclasses import asdict

    from cae.cohorts.cohort import normal
    from cae.study.study import Study

    cohorts = Study.open(folder).cohorts
    acts = cohorts.log()
    if name:
        ids = {act.cohort for act in acts if act.name == normal(name)}
        ids = ids or {cohorts.get_by_name(name).id}
        acts = [act for act in acts if act.cohort in ids]
    if as_json:
        print_json({"acts": [asdict(act) for act in acts]})
        return
    for act in acts:
        typer.echo(f"{act.made}\t{act.deed}")


@cohort.command("share", epilog=examples("cohort share"))
def share_command(folder: StudyArgument) -> None:
    """Copy the cohorts in the study's own file to the group's database, $CAE_DATABASE.

    What has the name of a cohort that is there already stays where it is.
    """
    from cae.cohorts.place import FILE, VARIABLE, GroupDatabase, StudyFile
    from cae.cohorts.sharing import share
    from cae.cohorts.store import CohortStore
    from cae.study.study import Study

    study = Study.open(folder)
    if not isinstance(study.cohorts.place, GroupDatabase):
        raise CaeError(
            f"{VARIABLE} names no database; set it to postgresql://USER@SERVER/DATABASE."
        )
    shared, left = share(CohortStore(StudyFile(study.path / FILE)), study.cohorts)
    for one in left:
        say(f"{one!r} is there already and stays in {FILE}.")
    say(f"Copied {len(shared):,} cohorts to the group's database.")


@cohort.command("compare", epilog=examples("cohort compare"))
def compare_command(
    folder: StudyArgument,
    first: Annotated[str, typer.Argument(metavar="GROUP", help=f"{_FORMS}.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="GROUP", help="As the first.")] = "rest",
    unit: UnitOption = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare two groups in every column: effects with 95 % intervals, then tests.

    What could explain a difference comes first: how well single columns tell the groups apart,
    beside how well the images do.
    """
    from cae.cohorts.comparison import compare
    from cae.study.study import Study

    found = compare(Study.open(folder), first, second, unit, seed)
    if as_json:
        print_json(found.to_dict())
        return
    _show(found)


@cohort.command("table", epilog=examples("cohort table"))
def table_command(
    folder: StudyArgument,
    groups: GroupsArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE.csv|.html|.tex|.docx", help="The table.", show_default=False
        ),
    ],
    suppress: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Hide counts from 1 to below N, and what tells them."
        ),
    ] = 0,
    unit: UnitOption = None,
    identifying: IdentifyingOption = False,
    seed: SeedOption = 0,
) -> None:
    """Write Table 1: each column by group, standardised mean difference, test, p and q."""
    from cae.cohorts.characteristics import table_one
    from cae.decoding.replay import attrition_on
    from cae.export.table_one import export_table_one
    from cae.study.study import Study

    study = Study.open(folder)
    table = table_one(study, groups, unit, suppress, seed, partial(attrition_on, study))
    export_table_one(study, table, out, identifying=identifying)
    for note in table.notes:
        say(note)
    say(f"Table 1 is in {out}.")


@cohort.command("flow", epilog=examples("cohort flow"))
def flow_command(
    folder: StudyArgument,
    name: Annotated[str, typer.Argument(metavar="COHORT", help="Its name.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.svg|.pdf|.csv", help="A flow diagram.", show_default=False
        ),
    ] = None,
    identifying: IdentifyingOption = False,
    as_json: JsonOption = False,
) -> None:
    """How a cohort came about: what each filter, outline and exclusion left of the images."""
    from cae.decoding.replay import attrition_on
    from cae.study.study import Study

    study = Study.open(folder)
    saved = study.cohorts.get_by_name(name)
    found = attrition_on(study, saved.history)
    if out is not None:
        from cae.export.flow_file import export_flow

        export_flow(study, [(saved.name, found)], out, identifying=identifying)
        say(f"The flow diagram is in {out}.")
    if as_json:
        print_json(found.to_dict())
        return
    typer.echo(f"{found.table().to_string(index=False)}\n\n{found.statement}")
    if found.remark:
        typer.echo(found.remark)


@cohort.command("survival", epilog=examples("cohort survival"))
def survival_command(
    folder: StudyArgument,
    groups: GroupsArgument,
    time: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Numbers from a start to the event or the last visit.",
            show_default=False,
        ),
    ] = "",
    event: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Whether it occurred: 0 and 1, yes and no, dead and alive.",
            show_default=False,
        ),
    ] = "",
    occurred: Annotated[
        list[str] | None,
        typer.Option(metavar="VALUE", help="A value that means that it occurred; repeatable."),
    ] = None,
    adjust: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Adjust hazard ratios for it, too; repeatable."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.csv|.svg", help="The curves.", show_default=False),
    ] = None,
    suppress: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="End curves where fewer than N are at risk."),
    ] = 0,
    unit: UnitOption = None,
    identifying: IdentifyingOption = False,
    as_json: JsonOption = False,
) -> None:
    """Kaplan–Meier curves of groups, the log-rank test, and hazard ratios to the second group.

    Without --time or --event it says which columns look like it.
    """
    from cae.cohorts.time_to_event import survival
    from cae.export.survival import export_survival
    from cae.study.study import Study

    study = Study.open(folder)
    found = survival(study, groups, time, event, occurred or (), adjust or (), unit, suppress)
    if out is not None:
        export_survival(study, found, out, identifying=identifying)
        say(f"The curves are in {out}.")
    if as_json:
        print_json(found.to_dict())
        return
    _show_survival(found)


def _show_survival(found: "Survival") -> None:
    from cae.cohorts.time_to_event import RULE

    for remark in found.remarks:
        typer.echo(remark)
    typer.echo(f"\n{found.summary().to_string(index=False)}\n")
    for sentence in (*found.verdict, RULE):
        typer.echo(sentence)


def _show(found: "Comparison") -> None:
    counts = zip(found.groups, found.counts, strict=True)
    named = (f"{group.name} ({count:,} {found.unit}s)" for group, count in counts)
    typer.echo(" against ".join(named))
    for remark in found.remarks:
        typer.echo(remark)
    for name, stability in found.stability.items():
        typer.echo(f"{name}: {stability.sentence}")
    typer.echo(f"\nWhat tells the groups apart (AUC, 0.5 is chance)\n{found.confounding.sentence}")
    for prediction in found.confounding.predictions:
        typer.echo(_prediction_line(prediction))
    typer.echo(f"\nDifferences, the first group against the second\n{found.rule}")
    for column in found.columns:
        typer.echo(_column_line(column))
    for column_name, reason in found.left_out.items():
        typer.echo(f"{column_name:<24} not compared: {reason}")


def _prediction_line(one: "Prediction") -> str:
    return f"{one.by:<24} {one.auc:.2f} ({one.low:.2f} to {one.high:.2f})"


def _column_line(column: "ColumnDifference") -> str:
    from cae.cohorts.characteristics import p_text

    parts = []
    if column.effect is not None:
        effect = column.effect
        parts.append(f"{effect.measure} {effect.value:.3g} ({effect.low:.3g} to {effect.high:.3g})")
    if column.significance is not None:
        parts.append(f"{column.significance.test} p {p_text(column.significance.p)}")
    if column.q is not None:
        parts.append(f"q {p_text(column.q)}")
    parts.append(f"known {column.known[0]} and {column.known[1]}")
    if any(column.missing):
        parts.append(f"missing {column.missing[0]} and {column.missing[1]}")
    if column.variable.is_derived:
        parts.append("made from the images")
    said = (column.reason, column.effect.remark if column.effect else "")
    return f"{column.variable.title:<24} {'; '.join([*parts, *filter(None, said)])}"
