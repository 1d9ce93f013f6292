"""Recognise what names a split: words, columns, folders and tables."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import pandas as pd

from cae.errors import CaeError
from cae.sources.paths import folders_of
from cae.sources.vocabulary import without_accents, words, words_in

# Images of which some are to train and some to validate, as none has drawn which.
TRAIN_OR_VAL = "trainval"
_WORDS = {
    "train": "train training trn learning entrenamiento entrainement apprentissage "
    "trainieren treino treinamento addestramento trein обучение 训练 訓練 학습",
    "val": "val valid validation validate dev devel tune tuning "
    "validacion validierung validazione convalida validatie validacao vali проверка 验证 検証 검증",
    "test": "test testing tst holdout heldout eval evaluation prueba pruebas teste testes "
    "essai testen тест 测试 テスト 시험",
    TRAIN_OR_VAL: "trainval trainvalid trainvalidation traindev",
}
_TRUE = frozenset({"1", "1.0", "true", "yes", "y", "t"})
_FALSE = frozenset({"0", "0.0", "false", "no", "n", "f"})
# What may stand beside the word without changing what it means.
_NEUTRAL = words(
    "set sets split splits data dataset datasets image images img imgs pictures photos scans slices"
    " folder fold list lists files file input inputs samples sample part subset stage phase task"
    " label labels csv df table final official full all the of im jpg jpeg png new small large"
    " resized processed preprocessed gt groundtruth meta metadata original external internal cohort"
    " group"
)
_COLUMN_NAMES = (
    ("split", "splits", "datasplit", "datasetsplit", "splitname", "splittype", "setsplit")
    + ("subset", "partition", "set", "setid", "settype", "setname", "dataset", "datasettype")
    + ("datatype", "usage", "phase", "purpose", "mode", "traintest", "traintestsplit")
    + ("trainvaltest", "trainortest", "fold", "division", "aufteilung", "particion")
)
_FOLD_NAMES = ("fold", "folds", "kfold", "cvfold", "foldid", "foldnumber", "stratfold", "cv")
_MOST_FOLDS = 20
_SHOWN = 3
_FOLD = re.compile(r"(?:fold)?[\s_-]*\d+(?:\.0)?")


def split_word(text: str) -> str | None:
    """Return train, val, test or trainval for a text that means one of them, else None.

    Sets, images, numbers and the like beside the word do not matter: ``train_images``,
    ``Training set`` and ``stage_2_train`` all mean train.
    """
    found, others = _split_and_rest(text)
    return found if found and others <= _NEUTRAL else None


def folder_words(folders: Iterable[str]) -> dict[str, str]:
    """Return which of the names of folders mean which split.

    Beside those of `split_word`, names that are alike but for the split they name, such as
    ``isic_task3_training`` and ``isic_task3_test``.
    """
    names = set(folders)
    splits_with: dict[frozenset[str], set[str]] = {}
    for name in names:
        found, others = _split_and_rest(name)
        if found:
            splits_with.setdefault(others, set()).add(found)
    meanings = {}
    for name in names:
        found, others = _split_and_rest(name)
        if found and (others <= _NEUTRAL or len(splits_with[others]) > 1):
            meanings[name] = found
    return meanings


def folder_splits(files: Sequence[str]) -> list[str | None]:
    """Return the split that the outermost such folder around each file is named after.

    Where no folder is named after training and some files are in none of them, as with ``test``
    beside ``control`` or ``valid`` beside ``invalid``, the words mean something else.
    """
    parents = [folders_of(file) for file in files]
    meanings = folder_words(folder for parts in parents for folder in parts)
    is_sure = {"train", TRAIN_OR_VAL} & set(meanings.values())
    if not is_sure and not all(any(part in meanings for part in parts) for parts in parents):
        return [None] * len(files)
    return [next((meanings[part] for part in parts if part in meanings), None) for parts in parents]


def find_split_column(cells: pd.DataFrame) -> str | None:
    """Return the column that holds the words for splits.

    One that is named like a split comes first and may hold some other words; another one must
    hold no others, and more than one split.
    """
    for column in _named(cells.columns, _COLUMN_NAMES):
        known = cells[column].dropna()
        if len(known) and _share_of_words(known) > 0.5:
            return column
    for column in cells.columns:
        values = cells[column].dropna().unique()
        if 1 < len(values) <= 12:
            splits = {split_word(value) for value in values}
            if None not in splits and len(splits) > 1:
                return column
    return None


def find_fold_column(cells: pd.DataFrame) -> str | None:
    """Return the column that holds the numbers of folds, of which there are 2 to 20."""
    for column in _named(cells.columns, _FOLD_NAMES):
        if _are_folds(cells[column]):
            return column
    return None


def fold_splits(folds: pd.Series) -> pd.Series:
    """Return the split of each image by its fold: the last tests, the one before validates.

    Of two folds the first trains. Missing stays missing.
    """
    numbers = pd.to_numeric(folds.str.extract(r"(\d+)")[0])
    order = sorted(numbers.dropna().unique())
    split_of = dict.fromkeys(order, "train") | {order[-1]: "test"}
    if len(order) > 2:
        split_of[order[-2]] = "val"
    return numbers.map(split_of).astype("str")


def find_flag_columns(cells: pd.DataFrame) -> dict[str, str]:
    """Return the columns that say yes or no to one split each, such as ``is_train``, and which.

    A column that is only called ``test`` or ``valid`` says something else, unless one is called
    ``train``, too.
    """
    flags, is_plain = {}, {}
    for column in cells.columns:
        if split := _flagged_split(cells[column]):
            flags[column] = split
            is_plain[column] = words_in(column)[0] not in ("is", "in")
    is_sure = "train" in flags.values()
    return {column: split for column, split in flags.items() if is_sure or not is_plain[column]}


def flag_splits(cells: pd.DataFrame, flags: dict[str, str]) -> pd.Series:
    """Return the split that says yes; where one column alone says no, the other of two."""
    splits = pd.Series([None] * len(cells), index=cells.index, dtype="str")
    for column, split in flags.items():
        values = cells[column].str.casefold()
        splits = splits.where(~values.isin(_TRUE), split)
        if len(flags) == 1:
            other = "test" if split in ("train", TRAIN_OR_VAL) else "train"
            splits = splits.where(~values.isin(_FALSE), other)
    return splits


def chosen_splits(texts: pd.Series) -> tuple[pd.Series, str]:
    """Return the split of each image by a column that a person named, and how it was read.

    By its words; where there are none, by yes and no, if it is called after a split; else by folds.

    Returns:
        train, val, test, trainval or missing, one per image; and words, flags or folds.

    Raises:
        CaeError: the column holds none of these.
    """
    known = texts.dropna()
    meanings = {text: split_word(text) for text in known.unique()}
    if any(meanings.values()):
        return texts.map(meanings).astype("str"), "words"
    if split := _flagged_split(texts):
        return flag_splits(texts.to_frame(), {str(texts.name): split}), "flags"
    if _are_folds(texts):
        return fold_splits(texts), "folds"
    shown = ", ".join(map(repr, known.unique()[:_SHOWN])) or "nothing"
    raise CaeError(
        f"The column {texts.name!r} has no words for train, val and test, and no folds, but "
        f"{shown}; choose another column, or none to draw a split."
    )


def _flagged_split(texts: pd.Series) -> str | None:
    """Return the split after which a column of yes and no is called, if it is one."""
    parts = [word for word in words_in(str(texts.name)) if word not in ("is", "in")]
    values = set(texts.dropna().str.casefold())
    return split_word(" ".join(parts)) if values and values <= _TRUE | _FALSE else None


def _are_folds(texts: pd.Series) -> bool:
    """Whether a column holds the numbers of 2 to 20 folds."""
    values = texts.dropna().unique()
    are_numbers = all(_FOLD.fullmatch(value.casefold()) for value in values)
    return 2 <= len(values) <= _MOST_FOLDS and are_numbers


def _share_of_words(texts: pd.Series) -> float:
    counts = texts.value_counts()
    known = [split_word(text) is not None for text in counts.index]
    return counts[known].sum() / len(texts)


def _named(columns: Iterable[str], names: Sequence[str]) -> Iterable[str]:
    plain = [(column, "".join(words_in(column))) for column in columns]
    return (column for name in names for column, text in plain if text == name)


@cache
def _split_and_rest(text: str) -> tuple[str | None, frozenset[str]]:
    """Return the one split that a text names, and its other words; None if it names several."""
    parts = words_in(text)
    together = "".join(parts)
    if together in _SPLIT_OF:
        return _SPLIT_OF[together], frozenset()
    splits = {_SPLIT_OF[word] for word in parts if word in _SPLIT_OF}
    others = frozenset(word for word in parts if word not in _SPLIT_OF)
    if splits in ({"train", "val"}, {"train", "val", TRAIN_OR_VAL}):
        return TRAIN_OR_VAL, others
    return (splits.pop(), others) if len(splits) == 1 else (None, others)


def names_split(column: str) -> bool:
    """Whether a column is called like a split and like nothing else."""
    return "".join(words_in(column)) in ("split", "splits", "datasplit", "datasetsplit")


_SPLIT_OF = {
    without_accents(word): split for split, listed in _WORDS.items() for word in listed.split()
}
