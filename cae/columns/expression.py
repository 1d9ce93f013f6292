"""What a query says, apart from any table: read from text, written as text.

Grammar, lowest binding first; words may be written in any case::

    either     = both ("or" both)*
    both       = negation ("and" negation)*
    negation   = "not" negation | "(" either ")" | condition
    condition  = column ("==" | "=" | "!=" | "<" | "<=" | ">" | ">=") value
               | column ["not"] "in" "(" [value ("," value)*] ")"
               | column ["not"] "between" value "and" value
               | column ["not"] "contains" value
               | column "is" ["not"] "missing"
               | "cohort" "(" name ")"
    column     = a name, or any text in `back quotes`, or "cohort" "(" name ")"
    value      = a number, a text in "double" or 'single' quotes, true or false

``cohort("odd ones")`` holds for the images of a saved cohort, and is a column of true and false.
A quote that belongs to a text or a name is written twice: ``"a ""b"" c"``.
"""

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Self

from cae.columns.cohort_column import cohort_column, cohort_of
from cae.errors import CaeError

LONGEST = 10_000
_DEEPEST = 50
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
      | (?P<column>`(?:[^`]|``)+`)
      | (?P<sign>==|!=|<=|>=|=|<|>|\(|\)|,)
      | (?P<word>[^\W\d]\w*)
    )""",
    re.VERBOSE,
)
_SIGNS = ("==", "=", "!=", "<", "<=", ">", ">=")
_WORDS = ("and", "or", "not", "in", "between", "contains", "is", "missing", "true", "false")
_COMPARING = (*_SIGNS, "in", "not", "between", "contains", "is")
_WHAT_FOLLOWS = "==, !=, <, <=, >, >=, in, between, contains or is missing"

Value = float | str | bool


@dataclass(frozen=True)
class Comparison:
    """``column sign value``; the sign is one of ==, !=, <, <=, > and >=."""

    column: str
    sign: str
    value: Value


@dataclass(frozen=True)
class Membership:
    """``column [not] in (members)``."""

    column: str
    members: tuple[Value, ...]
    is_negated: bool = False


@dataclass(frozen=True)
class Range:
    """``column [not] between low and high``, both ends included."""

    column: str
    low: Value
    high: Value
    is_negated: bool = False


@dataclass(frozen=True)
class Containing:
    """``column [not] contains value``."""

    column: str
    value: Value
    is_negated: bool = False


@dataclass(frozen=True)
class Missing:
    """``column is [not] missing``."""

    column: str
    is_negated: bool = False


@dataclass(frozen=True)
class Not:
    """``not part``."""

    part: "Expression"


@dataclass(frozen=True)
class Both:
    """``part and part …``, at least two."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Either:
    """``part or part …``, at least two."""

    parts: tuple["Expression", ...]


Condition = Comparison | Membership | Range | Containing | Missing
Expression = Condition | Not | Both | Either


def read_query(text: str, columns: Collection[str] | None = None) -> Expression:
    """Return what a query says.

    Args:
        text: see the grammar above.
        columns: names that there are; None leaves that open.

    Raises:
        CaeError: the query cannot be read or names none of `columns`. The sentence says where it
            stopped.
    """
    if len(text) > LONGEST:
        raise CaeError(f"The query has {len(text):,} characters; use at most {LONGEST:,}.")
    return _Reader(text, columns).read()


def write_query(expression: Expression) -> str:
    """Return an expression as `read_query` reads it."""
    if isinstance(expression, Both | Either):
        joint = " and " if isinstance(expression, Both) else " or "
        return joint.join(_bracketed(part) for part in expression.parts)
    if isinstance(expression, Not):
        return f"not {_bracketed(expression.part)}"
    column = quoted_column(expression.column)
    if expression == Comparison(expression.column, "==", True) and cohort_of(expression.column):
        return column
    return f"{column} {_written_condition(expression)}"


def quoted_column(name: str) -> str:
    """Return the name of a column as it stands in a query."""
    if cohort_of(name) is not None:
        return name
    is_plain = re.fullmatch(r"[^\W\d]\w*", name) and name.lower() not in _WORDS
    return name if is_plain else f"`{name.replace('`', '``')}`"


def columns_in(expression: Expression) -> tuple[str, ...]:
    """Return the columns that an expression names, each once, in their order."""
    return tuple(dict.fromkeys(condition.column for condition in _conditions(expression)))


def with_conditions(expression: Expression, change: Callable[[Condition], Condition]) -> Expression:
    """Return an expression in which every condition is what `change` makes of it."""
    if isinstance(expression, Both | Either):
        parts = tuple(with_conditions(part, change) for part in expression.parts)
        return replace(expression, parts=parts)
    if isinstance(expression, Not):
        return Not(with_conditions(expression.part, change))
    return change(expression)


def with_column_renamed(expression: Expression, former: str, name: str) -> Expression:
    """Return an expression in which a column goes by another name."""
    return with_conditions(
        expression, lambda one: replace(one, column=name) if one.column == former else one
    )


def unknown_column(name: str, columns: Collection[str]) -> CaeError:
    """Return the error that says there is no such column, and which may be meant."""
    if (cohort := cohort_of(name)) is not None:
        known = [other for column in columns if (other := cohort_of(str(column))) is not None]
        advice = f"choose one of {', '.join(map(repr, known[:10]))}." if known else "save it first."
        return CaeError(f"There is no cohort named {cohort!r}; {advice}")
    by_lower = {str(column).lower(): str(column) for column in columns}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    if close:
        hint = f"did you mean {quoted_column(by_lower[close[0]])}?"
    else:
        first = [quoted_column(str(column)) for column in list(columns)[:12]]
        hint = f"the first columns are {', '.join(first)}."
    return CaeError(f"There is no column {name!r}; {hint}")


def _conditions(expression: Expression) -> Iterator[Condition]:
    if isinstance(expression, Both | Either):
        for part in expression.parts:
            yield from _conditions(part)
    elif isinstance(expression, Not):
        yield from _conditions(expression.part)
    else:
        yield expression


def _bracketed(part: Expression) -> str:
    text = write_query(part)
    return f"({text})" if isinstance(part, Both | Either) else text


def _written_condition(condition: Condition) -> str:
    if isinstance(condition, Comparison):
        return f"{condition.sign} {_written(condition.value)}"
    negation = "not " if condition.is_negated else ""
    if isinstance(condition, Missing):
        return f"is {negation}missing"
    if isinstance(condition, Membership):
        return f"{negation}in ({', '.join(map(_written, condition.members))})"
    if isinstance(condition, Range):
        return f"{negation}between {_written(condition.low)} and {_written(condition.high)}"
    return f"{negation}contains {_written(condition.value)}"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if '"' in value and "'" not in value:
        return f"'{value}'"
    return '"' + value.replace('"', '""') + '"'


class _AsWritten:
    """A number that is told as it was written: among texts 007 is another than 7."""

    _text = ""

    def written(self, text: str) -> Self:
        """Let this be what was written."""
        self._text = text
        return self

    def __repr__(self) -> str:
        return self._text


class _WrittenInt(_AsWritten, int): ...


class _WrittenFloat(_AsWritten, float): ...


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


class _Reader:
    """Reads a query by recursive descent, one method per line of the grammar."""

    def __init__(self, text: str, columns: Collection[str] | None) -> None:
        self._text = text
        self._columns = columns
        self._tokens = _tokens(text)
        self._place = 0
        self._depth = 0

    def read(self) -> Expression:
        if self._next.kind == "end":
            raise CaeError('The query is empty; write for instance: age > 60 and label == "ill"')
        found = self._either()
        if self._next.kind != "end":
            raise self._stopped("and, or, or the end")
        return found

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._took("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Expression:
        parts = [self._negation()]
        while self._took("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _negation(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise CaeError(f"The query is nested more than {_DEEPEST} deep; make it simpler.")
        try:
            if self._took("not"):
                return Not(self._negation())
            if self._took("("):
                found = self._either()
                self._expect(")")
                return found
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> Condition:
        column = self._column()
        if cohort_of(column) is not None and not self._is_compared:
            return Comparison(column, "==", True)
        if self._took("is"):
            is_negated = self._took("not")
            self._expect("missing")
            return Missing(column, is_negated)
        for sign in _SIGNS:
            if self._took(sign):
                return Comparison(column, "==" if sign == "=" else sign, self._value())
        is_negated = self._took("not")
        if self._took("in"):
            return Membership(column, self._values(), is_negated)
        if self._took("between"):
            low = self._value()
            self._expect("and")
            return Range(column, low, self._value(), is_negated)
        if self._took("contains"):
            return Containing(column, self._value(), is_negated)
        raise self._stopped("in, between or contains" if is_negated else _WHAT_FOLLOWS)

    def _column(self) -> str:
        token = self._next
        if token.kind not in ("word", "column") or token.text.lower() in _WORDS:
            raise self._stopped("the name of a column")
        self._place += 1
        if token.text.lower() == "cohort" and self._took("("):
            name = self._cohort()
        else:
            is_quoted = token.kind == "column"
            name = token.text[1:-1].replace("``", "`") if is_quoted else token.text
        if self._columns is not None and name not in self._columns:
            raise unknown_column(name, self._columns)
        return name

    def _cohort(self) -> str:
        if self._next.kind != "text":
            raise self._stopped("the name of a cohort in quotes")
        name = str(self._value())
        self._expect(")")
        return cohort_column(name)

    @property
    def _is_compared(self) -> bool:
        """Whether what follows compares a column."""
        token = self._next
        return token.kind in ("sign", "word") and token.text.lower() in _COMPARING

    def _values(self) -> tuple[Value, ...]:
        self._expect("(")
        if self._took(")"):
            return ()
        values = [self._value()]
        while self._took(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._next
        word = token.text.lower()
        if token.kind == "number":
            value: Value = self._number(token.text)
        elif token.kind == "text":
            quote = token.text[0]
            value = token.text[1:-1].replace(quote * 2, quote)
        elif token.kind == "word" and word in ("true", "false"):
            value = word == "true"
        elif token.kind == "word":
            raise self._stopped(f'a value; a text stands in quotes: "{token.text}"')
        else:
            raise self._stopped("a value")
        self._place += 1
        return value

    def _number(self, text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise self._stopped("a number below 1e308")
        exact = int(text) if re.fullmatch(r"[+-]?\d+", text) else number
        if repr(exact) == text:
            return exact
        kind = _WrittenInt if isinstance(exact, int) else _WrittenFloat
        return kind(text).written(text)

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _took(self, text: str) -> bool:
        """Go past the next token if it is this sign or word."""
        token = self._next
        if token.kind not in ("sign", "word") or token.text.lower() != text:
            return False
        self._place += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise self._stopped(text)

    def _stopped(self, expected: str) -> CaeError:
        return _stopped(self._text, self._next.start, expected)


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            if text[start] in "\"'`":
                raise _stopped(text, start, f"a closing {text[start]}")
            raise _stopped(text, start, "a column, a value or a sign of comparison")
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        place = match.end()
    return [*tokens, _Token("end", "", end)]


def _stopped(text: str, start: int, expected: str) -> CaeError:
    before = text[:start].strip()
    if start >= len(text.rstrip()):
        where = f"The query ends too early, after “{before[-30:]}”"
    elif before:
        where = f"The query is not understood at “{text[start:].strip()[:20]}”"
        where += f", after “{before[-30:]}” (character {start + 1})"
    else:
        where = f"The query is not understood at its beginning, “{text[start:].strip()[:20]}”"
    return CaeError(f"{where}; expected is {expected}.")
