"""hnswlib, compiled for this machine when it was installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import hnswlib
import numpy as np
from search_trial import run
from trial import task

threads = task["threads"]


def build(base: np.ndarray) -> hnswlib.Index:
    index = hnswlib.Index("ip", task["dimension"])
    made = task["build"]
    index.init_index(len(base), M=made["connections"], ef_construction=made["efConstruction"])
    index.add_items(base, num_threads=threads)
    return index


def search(index: hnswlib.Index, queries: np.ndarray, parameters: dict) -> np.ndarray:
    index.set_ef(parameters["efSearch"])
    return index.knn_query(queries, task["k"], num_threads=threads)[0]


run(["hnswlib", "numpy"], build, search)
