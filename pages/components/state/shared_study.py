"""A study that all sessions look at: it stays as it was at one moment, whoever does what."""

from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from cae.errors import CaeError
from cae.study.study import Study

# What is mapped or read at once, so that a step that finishes later cannot come between what
# study.json says and what the files hold. A model is loaded where it is used.
_PINNED = ("images", "masks", "samples", "latents", "projection", "clusters", "areas")
_TRIES = 3


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TypeError("a shared study is only looked at; open it anew to change it")


class SharedStudy(Study):
    """A study of which nobody can run a step, nor let it show what happened to it since."""

    step = appending = revise = adopt = abandon = working = refresh = _refuse


def shared_study(path: Path) -> SharedStudy:
    """Open a study for several sessions.

    Its manifest cannot be changed, and its arrays and tables are those that the manifest is of
    even when a step replaces their files afterwards. Who runs a step or takes over a model opens
    the study anew; sessions see the change once it is whole, since study.json is then another.

    Raises:
        CaeError: `path` is no study or a damaged one.
    """
    study = SharedStudy.open(path)
    for _ in range(_TRIES):
        for name in _PINNED:
            with suppress(CaeError):  # said by who needs it
                getattr(study, name)
        again = SharedStudy.open(path)
        if again.manifest == study.manifest:
            break
        study = again
    study.manifest = _fixed(study.manifest)
    return study


class _FixedDict(dict[str, Any]):
    """A dict that JSON writes as any other and that raises `TypeError` where it is to change."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class _FixedList(list[Any]):
    """A list likewise."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse


def _fixed(value: Any) -> Any:
    if isinstance(value, dict):
        return _FixedDict({key: _fixed(item) for key, item in value.items()})
    return _FixedList(map(_fixed, value)) if isinstance(value, list) else value
