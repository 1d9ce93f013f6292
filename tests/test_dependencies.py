"""What is imported is declared, what is declared is used, and what is pinned is allowed."""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

NEEDED_THOUGH_NOT_IMPORTED = {
    "jinja2": "pandas writes HTML and LaTeX with it",
    "medmnist": "the list of its sets is read from its file, without its import of torchvision",
    "nilearn": "the brain template is read from its files, without its import",
    "python-gdcm": "pydicom decodes JPEG with it",
    "pylibjpeg": "pydicom decodes JPEG 2000 with it",
    "pylibjpeg-openjpeg": "pydicom decodes JPEG 2000 with it",
    "pyjpegls": "pydicom decodes JPEG-LS with it",
    "psycopg": "SQLAlchemy speaks to PostgreSQL with it",
    "build": "make test and CI build the wheel with it, as a command",
    "hatchling": "builds the wheel where nothing can be downloaded",
    "hatch-requirements-txt": "builds the wheel where nothing can be downloaded",
    "ruff": "a command",
    "mypy": "a command",
    "pandas-stubs": "types for mypy",
    "scipy-stubs": "types for mypy",
    "types-openpyxl": "types for mypy",
    "types-psutil": "types for mypy",
}


def requirements(lines: Iterable[str]) -> dict[str, Requirement]:
    """The requirements that lines hold, by canonical name."""
    stated = (line.partition("#")[0].strip() for line in lines)
    return {canonicalize_name(one.name): one for one in map(Requirement, filter(None, stated))}


def requirements_of(name: str) -> dict[str, Requirement]:
    return requirements((ROOT / name).read_text("utf-8").splitlines())


RUNTIME = requirements_of("requirements.txt")
EXTRAS = requirements(line for lines in PROJECT["optional-dependencies"].values() for line in lines)
# What the app does without, and says so where it is missing.
OPTIONAL = requirements(
    line for extra in ("film", "ray", "stores") for line in PROJECT["optional-dependencies"][extra]
)


def imported_by(*parts: str) -> set[str]:
    """The distributions whose modules the Python files of these parts import anywhere."""
    modules = {module for part in parts for path in _python(part) for module in _imports(path)}
    own = {path.stem for path in [*ROOT.iterdir(), *(ROOT / "benchmarks").glob("*.py")]}
    others = modules - sys.stdlib_module_names - own
    known = packages_distributions()
    # What the app does without need not be installed; its module is called as what brings it.
    missing = others & OPTIONAL.keys() - known.keys()
    unknown = others - known.keys() - missing
    assert not unknown, f"nothing installed brings {unknown}"
    brought = {name for module in others - missing for name in known[module]}
    return {canonicalize_name(name) for name in brought | missing}


def _python(part: str) -> Iterable[Path]:
    path = ROOT / part
    return [path] if path.is_file() else path.rglob("*.py")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_all_that_the_app_imports_is_in_requirements() -> None:
    assert imported_by("app.py", "cae", "pages") - RUNTIME.keys() == OPTIONAL.keys()


def test_all_that_tests_and_benchmarks_import_is_declared() -> None:
    assert imported_by("tests", "benchmarks") - RUNTIME.keys() - EXTRAS.keys() == set()


def test_nothing_is_declared_without_a_use() -> None:
    app = imported_by("app.py", "cae", "pages")
    developers = imported_by("tests", "benchmarks")
    unused = (RUNTIME.keys() - app) | (EXTRAS.keys() - OPTIONAL.keys() - developers)
    assert unused == NEEDED_THOUGH_NOT_IMPORTED.keys()


def test_every_dependency_is_pinned_to_a_release_that_its_range_allows() -> None:
    pins = requirements_of("constraints.txt")
    for name, declared in (RUNTIME | EXTRAS).items():
        (pin,) = pins[name].specifier
        assert pin.operator == "=="
        assert declared.specifier.contains(pin.version), name
