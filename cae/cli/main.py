"""The console command ``cae``: the same steps from a shell."""

import os
import signal
import subprocess
import sys
import traceback
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from cae.app_files import APP_FOLDER, SERVER_FILE
from cae.cli import (
    agreement,
    cohorts,
    columns,
    embedding,
    exporting,
    labels,
    looking,
    making,
    stopping,
    training,
)
from cae.cli.options import (
    ERROR,
    INTERRUPTED,
    MISUSE,
    brief,
    examples,
    study_folder,
)
from cae.cli.together import run_together
from cae.errors import CaeError
from cae.home import studies_folder
from cae.ranks.launch import process_count, process_number


def application(arguments: Sequence[str]) -> typer.Typer:
    """Return the console application, ready for a command line of `arguments`."""
    app = typer.Typer(
        name="cae",
        help="Explore what a contrastive autoencoder learned from medical images, without labels.",
        epilog=examples("cae"),
        rich_markup_mode=None,
        invoke_without_command=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )
    app.callback()(prepare)
    app.add_typer(training.commands(set(arguments)))
    for group in (making, embedding, columns, looking, agreement, labels, cohorts, exporting):
        app.add_typer(group.commands)
    app.command("app", epilog=examples("app"))(app_command)
    return app


def prepare(
    context: typer.Context,
    status: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Explore what a contrastive autoencoder learned from medical images, without labels."""
    context.obj = status
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def app_command(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="A study's folder, or its address.",
            parser=study_folder,
            show_default=False,
        ),
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    host: Annotated[
        str,
        typer.Option(
            "--address", "--host", help="Address to listen on; without sign-in, this computer's."
        ),
    ] = "localhost",
    access: Annotated[
        Path | None,
        typer.Option(
            help="File that says how people sign in and what each may do; else access.toml "
            "among the studies, if there is one.",
            show_default=False,
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Open a study, or all studies of this computer, in the browser."""
    from cae.access.listening import require_free_port

    environment = dict(os.environ)
    if "CAE_HOME" in environment:
        # The app runs in another folder, where a relative one would be another.
        environment["CAE_HOME"] = str(studies_folder())
    if folder is not None:
        from cae.study.study import Study

        environment["CAE_STUDY"] = str(Study.open(folder).path)
    if not SERVER_FILE.exists():
        raise CaeError(f"{SERVER_FILE} is missing; install CAE Explorer anew.")
    command = [sys.executable, "-m", "streamlit", "run", str(SERVER_FILE)]
    command += ["--server.address", host, "--server.showEmailPrompt", "false"]
    command += ["--server.headless", "false" if browser and _has_display() else "true"]
    command += [] if port is None else ["--server.port", str(port)]
    command += _sharing(host, access, environment)
    if port is not None:
        require_free_port(host, port)
    # The app's own settings lie beside app.py and Streamlit reads them from where it runs.
    raise typer.Exit(subprocess.run(command, env=environment, cwd=APP_FOLDER).returncode)


def _sharing(host: str, named: Path | None, environment: dict[str, str]) -> list[str]:
    """Return the server's options where people sign in, and name their file in `environment`.

    Raises:
        CaeError: the address is open to others and nobody would have to sign in, the file cannot
            be used, or what signs people in is not installed.
    """
    from cae.access.configuration import VARIABLE, access_file, read_access, require_sign_in_package
    from cae.access.listening import require_safe_address

    file = access_file() if named is None else named.expanduser().resolve()
    access = None if file is None else read_access(file)
    require_safe_address(host, access)
    if access is None:
        return []
    require_sign_in_package()
    environment[VARIABLE] = str(access.file)
    options = ["--server.allowedHosts", access.host]
    return options + (["--server.baseUrlPath", access.base_path] if access.base_path else [])


def main() -> None:
    """Run the command line; every error is one line on stderr."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    stopping.begin()
    signal.signal(signal.SIGTERM, stopping.stop)
    try:
        code = run_together(sys.argv[1:], _run)
    except TyperException as error:
        code = _fail(error.format_message(), MISUSE)
    except CaeError as error:
        code = _fail(str(error), MISUSE)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = _hush()
    except Exception as error:
        code = INTERRUPTED if stopping.is_asked() else _fail(_unexpected(error), ERROR)
    if code == INTERRUPTED and process_number() == 0:
        _fail("Stopped; what is finished is kept, and the same command goes on from there.", code)
    sys.exit(code if isinstance(code, int) else 0)


def _run(arguments: Sequence[str]) -> Any:
    return application(arguments)(prog_name="cae", standalone_mode=False)


def _unexpected(error: Exception) -> str:
    """Write the traceback to a log file and return a sentence that names it."""
    words = " ".join(brief(error).split())
    now = datetime.now(UTC)
    log = studies_folder() / ".logs" / f"error-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), "utf-8")
    except OSError:
        return words
    return f"{words} Details are in {log}"


def _fail(message: str, code: int) -> int:
    number = process_number()
    who = f"cae, process {number + 1} of {process_count()}" if number else "cae"
    typer.echo(f"{who}: {' '.join(message.split())}", err=True)
    return code


def _hush() -> int:
    """Keep Python from complaining at exit about the pipe that was closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _has_display() -> bool:
    return sys.platform != "linux" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
