"""Names that people give to the clusters of a study, in ``cluster_names.json``.

They belong to one clustering: once the clusters are found anew they are forgotten.
"""

from typing import TYPE_CHECKING

from cae.columns.titles import default_name
from cae.documents import read_document
from cae.errors import CaeError
from cae.storage import write_json
from cae.study.schemas import LONGEST_NAME, Names

if TYPE_CHECKING:
    from cae.study.study import Study

FILE = "cluster_names.json"


def cluster_names(study: "Study") -> dict[int, str]:
    """Return the given names by cluster; empty where none was given.

    Raises:
        CaeError: the file is damaged.
    """
    path = study.path / FILE
    if not path.exists():
        return {}
    found = read_document(path, Names)
    if not study.is_continued("cluster", found["clusters"]):
        return {}
    return {int(number): name for number, name in found["names"].items()}


def name_cluster(study: "Study", cluster: int, name: str) -> None:
    """Give a cluster a name; an empty one takes the name away.

    Args:
        study: a study with clusters.
        cluster: number of one of them, 0 or above.
        name: at most 60 characters; surplus blanks are dropped.

    Raises:
        CaeError: there is no such cluster, or the name is too long or another cluster's.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise CaeError(f"The name has {len(name)} characters; use at most {LONGEST_NAME}.")
    with study.editing() as present:
        names = _renamed(present, cluster, name)
        write_json(
            present.path / FILE,
            {
                "clusters": present.digest("cluster"),
                "names": {str(number): names[number] for number in sorted(names)},
            },
        )


def _renamed(study: "Study", cluster: int, name: str) -> dict[int, str]:
    """Return the names of a study's clusters once one of them has got another."""
    if cluster < 0 or not (study.clusters["cluster"] == cluster).any():
        raise CaeError(f"{study.path.name} has no cluster {cluster} that could be named.")
    names = {number: other for number, other in cluster_names(study).items() if number != cluster}
    taken = {default_name(int(number)) for number in study.clusters["cluster"].unique()}
    taken = (taken - {default_name(cluster)}) | set(names.values())
    if name in taken:
        raise CaeError(f"Another cluster is called {name!r} already; choose another name.")
    if name and name != default_name(cluster):
        names[cluster] = name
    return names
