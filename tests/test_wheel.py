"""The program as it is installed: a wheel, built and run from another folder."""

import json
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from cae.app_files import ASSETS
from cae.version import __version__
from tests.serving import free_port, serving

ROOT = Path(__file__).parents[1]
MOST_BYTES = 36e6  # three shipped models with sharp decoders; a stray folder of data is larger


def test_it_holds_the_app_inside_the_package_and_nothing_beside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {
        "cae",
        f"cae_explorer-{__version__}.dist-info",
    }
    parts = ("cae", "pages", "assets", "app.py", ".streamlit")
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *parts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    needed = {name for name in tracked if not name.startswith("assets/screenshots/")}
    inside = {name if name.startswith("cae/") else f"cae/_app/{name}" for name in needed}
    assert {name for name in names if name.startswith("cae/")} == inside
    assert wheel.stat().st_size < MOST_BYTES


def test_its_files_are_found_and_make_the_embedded_study(
    installed: Path, away: tuple[Path, Mapping[str, str]]
) -> None:
    folder, environment = away

    def printed(*command: object) -> str:
        return subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    ask = "from cae.app_files import ASSETS; print(ASSETS)"
    assets = Path(printed(installed / "python", "-c", ask).strip())
    assert assets.is_relative_to(installed.parent)
    assert {path.parent.name for path in assets.glob("*/study.json")} == {
        path.parent.name for path in ASSETS.glob("*/study.json")
    }
    make = "from cae.study.pretrained import install_brain; print(install_brain().path)"
    study = Path(printed(installed / "python", "-c", make).strip())
    facts = json.loads(printed(installed / "cae", "info", study, "--json"))
    assert facts["images"] == 4926
    assert printed(installed / "cae", "verify", study)


def test_the_app_starts_from_another_folder(
    installed: Path, away: tuple[Path, Mapping[str, str]], tmp_path: Path
) -> None:
    folder, environment = away
    port = free_port()
    command = [str(installed / "cae"), "app", "--no-browser", "--port", str(port)]
    with serving(command, port, folder, environment, tmp_path / "app.log") as address:
        assert address
