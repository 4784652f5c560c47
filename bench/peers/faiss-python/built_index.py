"""The index that a task of search or filter asks for."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import faiss
import numpy as np
from trial import task

faiss.omp_set_num_threads(task["threads"])


def build(base: np.ndarray) -> faiss.Index:
    index = faiss.index_factory(task["dimension"], task["factory"], faiss.METRIC_INNER_PRODUCT)
    index.train(base)
    index.add(base)
    return index
