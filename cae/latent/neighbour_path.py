"""Ways through latent space that step from real image to real image."""

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, shortest_path

from cae.errors import CaeError
from cae.latent.neighbour_graph import neighbour_graph
from cae.latent.neighbours import nearest
from cae.latent.path import anchor_steps
from cae.latent.space import LatentSpace
from cae.latent.spread import evenly_spread, require_latents

_NEIGHBOURS = 10
_MOST_IMAGES = 10_000
# An edge of length zero would be no edge for scipy.
_SHORTEST_EDGE = 1e-9


def neighbour_path(
    latents: np.ndarray, rows: np.ndarray, steps: int, space: LatentSpace
) -> np.ndarray:
    """Walk from image to image along the shortest way through their neighbours.

    Each image is joined to its 10 nearest by cosine distance, which makes many short steps
    cheaper than a long one over empty space; groups that are joined by nothing are joined at
    their nearest pair. Between anchors the steps are spread evenly over the length of the way,
    which runs the shortest way from one of its images to the next. Of more than 10,000 images, so
    many, evenly spread over the rows, and the anchors are looked at.

    Args:
        latents: (N, d), finite; may be memory-mapped.
        rows: (A,), the anchors, two or more.
        steps: number of latents in all, both ends included; at least A.
        space: that latents lie in.

    Returns:
        float32, (steps, d); every anchor is hit exactly.

    Raises:
        CaeError: fewer than two anchors, fewer steps than anchors, or latents not finite.

    Source: the geodesics of Isomap (Tenenbaum, de Silva & Langford 2000).
    """
    rows = np.asarray(rows, dtype=np.int64)
    if len(rows) < 2:
        raise CaeError(f"A path needs two anchors or more, but {len(rows)} are set; add one.")
    if steps < len(rows):
        raise CaeError(
            f"A path through {len(rows)} anchors needs at least as many steps, not {steps}."
        )
    looked_at = np.union1d(evenly_spread(len(latents), _MOST_IMAGES), rows)
    nodes = np.asarray(latents[looked_at], dtype=np.float32)
    require_latents(nodes)
    graph = _joined_to_nearest(nodes)
    anchors = np.searchsorted(looked_at, rows)
    ways = []
    for start, end in zip(anchors, anchors[1:], strict=False):
        graph = _joined(graph, nodes, start, end)
        ways.append(nodes[_shortest(graph, start, end)].astype(np.float64))
    lengths = np.array([_travelled(way, space)[-1] for way in ways])
    at = anchor_steps(lengths, steps)
    path = np.empty((steps, nodes.shape[1]))
    for way, first, last in zip(ways, at, at[1:], strict=False):
        path[first : last + 1] = _spread_evenly(way, last - first + 1, space)
    path[at] = nodes[anchors]
    return path.astype(np.float32)


def _joined_to_nearest(nodes: np.ndarray) -> csr_array:
    found = neighbour_graph(nodes, _NEIGHBOURS)
    starts = np.repeat(np.arange(len(nodes)), found.rows.shape[1])
    return _edges(starts, found.rows.ravel(), found.distances.ravel(), len(nodes))


def _edges(starts: np.ndarray, ends: np.ndarray, lengths: np.ndarray, count: int) -> csr_array:
    lengths = np.maximum(lengths, _SHORTEST_EDGE)
    return coo_array((lengths, (starts, ends)), shape=(count, count)).tocsr()


def _joined(graph: csr_array, nodes: np.ndarray, start: int, end: int) -> csr_array:
    """Join the group of `start` to its nearest other group until it holds `end`."""
    _, groups = connected_components(graph, directed=False)
    while groups[start] != groups[end]:
        inside = groups == groups[start]
        ours, others = np.flatnonzero(inside), np.flatnonzero(~inside)
        found, distances = nearest(nodes[others], nodes[ours], 1)
        closest = distances[:, 0].argmin()
        bridge = np.array([ours[closest]]), others[found[closest]]
        graph = graph + _edges(*bridge, distances[closest], len(nodes))
        _, groups = connected_components(graph, directed=False)
    return graph


def _shortest(graph: csr_array, start: int, end: int) -> list[int]:
    _, before = shortest_path(
        graph, method="D", directed=False, indices=start, return_predecessors=True
    )
    way = [int(end)]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]


def _travelled(way: np.ndarray, space: LatentSpace) -> np.ndarray:
    """Return how far each corner (M, d) of a way is from its beginning along it."""
    return np.concatenate([[0], np.cumsum(space.lengths(way[:-1], way[1:]))])


def _spread_evenly(way: np.ndarray, steps: int, space: LatentSpace) -> np.ndarray:
    if len(way) == 1:
        return np.repeat(way, steps, axis=0)
    travelled = _travelled(way, space)
    wanted = np.linspace(0, travelled[-1], steps)
    corners = np.searchsorted(travelled[1:-1], wanted, side="right")
    spread = np.empty((steps, way.shape[1]))
    for first in np.unique(corners):
        here = corners == first
        length = max(travelled[first + 1] - travelled[first], _SHORTEST_EDGE)
        share = np.minimum((wanted[here] - travelled[first]) / length, 1)
        spread[here] = space.between(way[first], way[first + 1], share)
    return spread
