"""A study that all sessions look at: nothing that one of them does may change it for the others."""

from typing import Any, NoReturn

from cae.study.study import Study


def shared(study: Study) -> Study:
    """Return `study` with a manifest that cannot be changed.

    Who runs a step or takes over a model opens the study anew; sessions that look at it see the
    change once it is whole, since study.json is then another.
    """
    study.manifest = _fixed(study.manifest)
    return study


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TypeError("a shared study is only looked at; open it anew to change it")


class _FixedDict(dict):
    """A dict that JSON writes as any other and that raises `TypeError` where it is to change."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class _FixedList(list):
    """A list likewise."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse


def _fixed(value: Any) -> Any:
    if isinstance(value, dict):
        return _FixedDict({key: _fixed(item) for key, item in value.items()})
    return _FixedList(map(_fixed, value)) if isinstance(value, list) else value
