"""USearch: HNSW over fp32 with the links and the search lists that the other HNSW peers have."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from search_trial import run
from trial import task
from usearch.index import Index

threads = task["threads"]


def build(base: np.ndarray) -> Index:
    index = Index(
        ndim=task["dimension"],
        metric="ip",
        dtype="f32",
        connectivity=task["build"]["connections"],
        expansion_add=task["build"]["efConstruction"],
    )
    index.add(np.arange(len(base)), base, threads=threads)
    return index


def search(index: Index, queries: np.ndarray, parameters: dict) -> np.ndarray:
    index.expansion_search = parameters["efSearch"]
    found = index.search(queries, task["k"], threads=min(threads, len(queries)))
    return found.keys.reshape(len(queries), -1)


run(["usearch", "numpy"], build, search)
