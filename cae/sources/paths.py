"""Parts of relative paths with slashes; there may be many, so they stay plain text."""


def folders_of(file: str) -> list[str]:
    """Return the names of the folders that a file is in, the outermost first."""
    return file.split("/")[:-1]


def folder_of(file: str) -> str:
    """Return the path of the folder that a file is in, empty where it is in none."""
    return file.rpartition("/")[0]


def name_of(file: str) -> str:
    """Return the name of a file without its folders."""
    return file.rpartition("/")[2]


def stem_of(file: str) -> str:
    """Return the name of a file without its folders and ending."""
    return name_of(file).removesuffix(suffix_of(file))


def suffix_of(file: str) -> str:
    """Return what the name of a file ends in, with its dot, empty where there is no such thing."""
    stem, dot, ending = name_of(file).rpartition(".")
    return dot + ending if stem and ending else ""
