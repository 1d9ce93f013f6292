"""A room imports only those below it, inside functions too, so that none needs itself."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def arrows(package: str, root: Path = ROOT) -> dict[str, dict[str, str]]:
    """Which rooms, and modules beside them, each room of a package imports, and a place of each."""
    folder = root.joinpath(*package.split("."))
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.rglob("*.py")):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        others = found.setdefault(room, {})
        for name, line in _imported(path):
            other = _room(package, name)
            if other is not None and other != room:
                others.setdefault(other, f"{path.relative_to(root)}, line {line}")
    # `from cae import errors` is of a module, `from cae import open_study` of the package itself.
    return {
        room: {other if other in found else "__init__": place for other, place in others.items()}
        for room, others in found.items()
    }


def _room(package: str, name: str) -> str | None:
    if name == package:
        return "__init__"
    within = name.removeprefix(f"{package}.")
    return None if within == name else within.partition(".")[0]


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    """The modules that a file imports when it runs, wherever in it, and the line of each."""
    ahead: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: not told from where"
            yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            ahead += node.orelse
        else:
            ahead += ast.iter_child_nodes(node)


def circle(found: dict[str, dict[str, str]]) -> list[str]:
    """Where rooms that need one another import one another; empty where none do."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        rooms = error.args[1][::-1]
        return [found[room][other] for room, other in zip(rooms, rooms[1:], strict=False)]
    return []


def listed() -> list[str]:
    """The rooms of cae in the order in which README.md lists them."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    of_cae = takewhile(lambda line: line.startswith("  "), lines[lines.index("cae/") + 1 :])
    return [room[1] for line in of_cae if (room := re.match(r"  (\w+)/", line))]


@pytest.mark.parametrize("package", ["cae", "pages.components"])
def test_no_room_needs_itself(package: str) -> None:
    assert circle(arrows(package)) == []


def test_a_room_imports_only_those_listed_before_it() -> None:
    rooms = listed()
    found = arrows("cae")
    assert sorted(rooms) == sorted(path.parent.name for path in ROOT.glob("cae/*/__init__.py"))
    upward = {
        place
        for room in rooms
        for other, place in found[room].items()
        if other in rooms[rooms.index(room) :]
    }
    assert upward == set()


def test_nothing_below_knows_the_pages() -> None:
    for path in (ROOT / "cae").rglob("*.py"):
        known = {name.partition(".")[0] for name, _ in _imported(path)}
        assert not known & {"streamlit", "pages", "app"}, path


@pytest.mark.parametrize(
    ("upward", "is_circle"),
    [
        ("from house.attic import roof", True),
        ("def later():\n    from house.attic import roof", True),
        ("class Late:\n    def now(self):\n        if self:\n            import house.attic", True),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    from house import attic", True),
        ("if TYPE_CHECKING:\n    from house.attic import roof", False),
    ],
)
def test_circles_are_seen_wherever_they_are_closed(
    tmp_path: Path, upward: str, is_circle: bool
) -> None:
    for room, text in (("cellar", upward), ("attic", "from house.cellar import wine")):
        (tmp_path / "house" / room).mkdir(parents=True)
        (tmp_path / "house" / room / "stairs.py").write_text(text)
    assert bool(circle(arrows("house", tmp_path))) == is_circle
