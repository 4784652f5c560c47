"""A trial of search: an index built and timed once, then asked with each set of parameters of task.sweep."""

from pathlib import Path

import numpy as np
from trial import finish, queries_per_second, read_vectors, task, timed


def run(packages: list[str], build, search, some: int | None = None) -> None:
    """build(base) -> index; search(index, queries, parameters) -> ids of shape (queries, k).

    A peer that answers one query after another and slowly gives `some`: so many queries are asked, one at a time, and
    every batch size has that speed.
    """
    base, queries = read_vectors(task["base"]), read_vectors(task["queries"])[:some]
    build_seconds, index, _ = timed(lambda: build(base))
    speeds, found = [], []
    for parameters in task["sweep"]:

        def ask(begin: int, end: int) -> np.ndarray:
            return search(index, queries[begin:end], parameters)

        found.append(ask(0, len(queries)).astype("<i4"))
        if some:
            speed = queries_per_second(ask, 1, some)
            speeds.append({batch: speed for batch in task["batches"]})
        else:
            speeds.append(
                {
                    batch: queries_per_second(ask, int(batch), count)
                    for batch, count in task["batches"].items()
                }
            )
    Path(task["out"]).write_bytes(b"".join(ids.tobytes() for ids in found))
    finish(packages, buildSeconds=build_seconds, queriesPerSecond=speeds)
