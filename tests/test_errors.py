"""What is told of errors: sentences to users, phrases among the problems of many files."""

import ast
from pathlib import Path

import cae
from cae.errors import CaeError, DamagedFileError, UnusableError


def test_the_reason_of_a_sentence_stands_among_others():
    assert CaeError("There is no file a; check its name.").reason == (
        "There is no file a; check its name"
    )
    assert CaeError("Install it with: pip install ray").reason == "Install it with: pip install ray"


def test_the_reason_of_damage_leaves_out_where_and_what_to_do():
    error = DamagedFileError(Path("a.npy"), "it is cut off")
    assert error.damage == "it is cut off"
    assert error.reason == "a.npy is damaged: it is cut off; restore it from a copy"
    assert str(error) == "a.npy is damaged: it is cut off; restore it from a copy."


def test_a_phrase_is_none_of_what_users_are_shown():
    assert UnusableError("it is cut off").reason == "it is cut off"
    assert not issubclass(UnusableError, CaeError)


def test_what_users_are_shown_begins_like_a_sentence():
    begun = {}
    for file in Path(cae.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "CaeError":
                text = node.args[0]
                first = text.values[0] if isinstance(text, ast.JoinedStr) else text
                if isinstance(first, ast.Constant):
                    begun[f"{file}:{node.lineno}"] = first.value
    assert len(begun) > 100
    small = [place for place, text in begun.items() if text[0].islower()]
    assert [place for place in small if not begun[place].startswith("k-means ")] == []
