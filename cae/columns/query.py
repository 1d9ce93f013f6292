"""Images chosen by an expression over the columns, such as ``age > 60 and label == "ill"``.

Grammar, lowest binding first; words may be written in any case::

    either     = both ("or" both)*
    both       = negation ("and" negation)*
    negation   = "not" negation | "(" either ")" | condition
    condition  = column ("==" | "=" | "!=" | "<" | "<=" | ">" | ">=") value
               | column ["not"] "in" "(" value ("," value)* ")"
               | column ["not"] "between" value "and" value
               | column ["not"] "contains" text
               | column "is" ["not"] "missing"
    column     = a name, or any text in `back quotes`
    value      = a number, a text in "double" or 'single' quotes, true or false

Nothing of an expression is ever executed: it is read into conditions, and each condition is one
comparison of a column.
"""

import difflib
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cae.errors import CaeError

LONGEST = 2_000
_DEEPEST = 50
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<column>`[^`]+`)
      | (?P<sign>==|!=|<=|>=|=|<|>|\(|\)|,)
      | (?P<word>[^\W\d]\w*)
    )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUALITIES = ("==", "=", "!=")
_WORDS = ("and", "or", "not", "in", "between", "contains", "is", "missing", "true", "false")
_WHAT_FOLLOWS = "==, !=, <, <=, >, >=, in, between, contains or is missing"

Value = float | str | bool


def query_rows(table: pd.DataFrame, text: str) -> np.ndarray:
    """Return which rows of a table fulfil an expression.

    A comparison with a missing value does not hold, whatever the comparison; ``not`` turns that
    around. Texts are compared as they are written, ``contains`` overlooks case. Dates are
    compared as days, written as ``"2024-05-31"``. Numbers that a column holds as text, such as
    the label ``"3"``, may be written without quotes.

    Args:
        table: one row per image.
        text: the expression, see the grammar above.

    Returns:
        bool, (N,).

    Raises:
        CaeError: the expression cannot be read, names a column that there is not, or compares a
            column with a value of another kind. The sentence says where it stopped.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"age": [70, 48, None], "label": ["ill", "well", "ill"]})
        >>> query_rows(table, 'age > 60 and label == "ill"').tolist()
        [True, False, False]
        >>> query_rows(table, "age is missing or age < 50").tolist()
        [False, True, True]
    """
    if len(text) > LONGEST:
        raise CaeError(f"The query has {len(text):,} characters; use at most {LONGEST:,}.")
    return _Reader(table, text).read()


def quoted_column(name: str) -> str:
    """Return the name of a column as it stands in an expression."""
    is_plain = re.fullmatch(r"[^\W\d]\w*", name) and name.lower() not in _WORDS
    return name if is_plain else f"`{name}`"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


class _Reader:
    """Reads an expression by recursive descent, one method per line of the grammar."""

    def __init__(self, table: pd.DataFrame, text: str) -> None:
        self._table = table
        self._text = text
        self._tokens = _tokens(text)
        self._place = 0
        self._depth = 0

    def read(self) -> np.ndarray:
        if self._next.kind == "end":
            raise CaeError('The query is empty; write for instance: age > 60 and label == "ill"')
        found = self._either()
        if self._next.kind != "end":
            raise self._stopped("and, or, or the end")
        return found

    def _either(self) -> np.ndarray:
        found = self._both()
        while self._took("or"):
            found = found | self._both()
        return found

    def _both(self) -> np.ndarray:
        found = self._negation()
        while self._took("and"):
            found = found & self._negation()
        return found

    def _negation(self) -> np.ndarray:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise CaeError(f"The query is nested more than {_DEEPEST} deep; make it simpler.")
        try:
            if self._took("not"):
                return ~self._negation()
            if self._took("("):
                found = self._either()
                self._expect(")")
                return found
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> np.ndarray:
        name, values = self._column()
        if self._took("is"):
            is_negated = self._took("not")
            self._expect("missing")
            return values.isna().to_numpy() ^ is_negated
        for sign in _COMPARISONS:
            if self._took(sign):
                return _compare(name, values, sign, self._value())
        is_negated = self._took("not")
        if self._took("in"):
            found = self._membership(name, values)
        elif self._took("between"):
            low = self._value()
            self._expect("and")
            found = _compare(name, values, ">=", low) & _compare(name, values, "<=", self._value())
        elif self._took("contains"):
            found = _contains(values, self._value())
        else:
            raise self._stopped("in, between or contains" if is_negated else _WHAT_FOLLOWS)
        return (~found if is_negated else found) & values.notna().to_numpy()

    def _membership(self, name: str, values: pd.Series) -> np.ndarray:
        self._expect("(")
        found = _compare(name, values, "==", self._value())
        while self._took(","):
            found = found | _compare(name, values, "==", self._value())
        self._expect(")")
        return found

    def _column(self) -> tuple[str, pd.Series]:
        token = self._next
        if token.kind not in ("word", "column") or token.text.lower() in _WORDS:
            raise self._stopped("the name of a column")
        self._place += 1
        name = token.text.strip("`")
        if name not in self._table:
            raise _unknown(name, self._table.columns)
        return name, self._table[name]

    def _value(self) -> Value:
        token = self._next
        word = token.text.lower()
        if token.kind == "number":
            value: Value = float(token.text) if _has_fraction(token.text) else int(token.text)
        elif token.kind == "text":
            value = token.text[1:-1]
        elif word in ("true", "false"):
            value = word == "true"
        elif token.kind == "word":
            raise self._stopped(f'a value; a text stands in quotes: "{token.text}"')
        else:
            raise self._stopped("a value")
        self._place += 1
        return value

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
        if match is None:
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


def _unknown(name: str, columns: pd.Index) -> CaeError:
    by_lower = {str(column).lower(): str(column) for column in columns}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    if close:
        hint = f"did you mean {quoted_column(by_lower[close[0]])}?"
    else:
        hint = (
            f"the first columns are {', '.join(quoted_column(str(one)) for one in columns[:12])}."
        )
    return CaeError(f"There is no column {name!r}; {hint}")


def _has_fraction(text: str) -> bool:
    return not re.fullmatch(r"[+-]?\d+", text)


def _compare(name: str, values: pd.Series, sign: str, value: Value) -> np.ndarray:
    """Return where the comparison holds; nowhere where there is no value."""
    has_value = values.notna().to_numpy()
    left, right = _comparable(name, values, sign, value)
    found = np.zeros(len(values), dtype=bool)
    found[has_value] = _COMPARISONS[sign](left[has_value], right)
    return found


def _comparable(
    name: str, values: pd.Series, sign: str, value: Value
) -> tuple[np.ndarray, Value | np.datetime64]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None).to_numpy("datetime64[D]"), _day(name, value)
    if pd.api.types.is_bool_dtype(values) or isinstance(value, bool):
        return _truths(name, values, sign, value)
    if pd.api.types.is_numeric_dtype(values):
        if isinstance(value, str):
            raise CaeError(f"The column {name} holds numbers, but “{value}” is a text.")
        if pd.api.types.is_integer_dtype(values) and isinstance(value, int):
            # A float holds no more than 53 bits of an id.
            return values.to_numpy(dtype=np.int64, na_value=0), value
        return values.to_numpy(dtype=float, na_value=np.nan), value
    if sign not in _EQUALITIES:
        raise CaeError(
            f"The column {name} holds text, which has no order; use ==, !=, in or contains."
        )
    return values.astype(str).to_numpy(dtype=object), str(value)


def _truths(name: str, values: pd.Series, sign: str, value: Value) -> tuple[np.ndarray, bool]:
    if not (pd.api.types.is_bool_dtype(values) and isinstance(value, bool)):
        kind = "true or false" if pd.api.types.is_bool_dtype(values) else "neither true nor false"
        raise CaeError(f"The column {name} holds {kind}, which “{value}” cannot be compared with.")
    if sign not in _EQUALITIES:
        raise CaeError(f"The column {name} holds true or false, which have no order; use == or !=.")
    return values.to_numpy(dtype=bool, na_value=False), value


def _day(name: str, value: Value) -> np.datetime64:
    try:
        return np.datetime64(date.fromisoformat(value), "D")
    except (TypeError, ValueError) as error:
        raise CaeError(
            f'The column {name} holds dates; write one like "2024-05-31" instead of “{value}”.'
        ) from error


def _contains(values: pd.Series, value: Value) -> np.ndarray:
    found = values.astype(str).str.contains(str(value), case=False, regex=False)
    return found.to_numpy(dtype=bool, na_value=False)
