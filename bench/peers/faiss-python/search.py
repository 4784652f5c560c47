"""FAISS's own Python wheel."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import faiss
import numpy as np
from built_index import build
from search_trial import run
from trial import task

space = faiss.ParameterSpace()
# Of an index that refines.
NAMES = {"k_factor": "k_factor_rf"}


def search(index: faiss.Index, queries: np.ndarray, parameters: dict) -> np.ndarray:
    for name, value in parameters.items():
        space.set_index_parameter(index, NAMES.get(name, name), value)
    return index.search(queries, task["k"])[1]


run(["faiss-cpu", "numpy"], build, search)
