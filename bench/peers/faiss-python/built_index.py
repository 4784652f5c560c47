"""The index that a trial of search or filter asks for, built and timed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import faiss
from trial import read_vectors, task, timed

faiss.omp_set_num_threads(task["threads"])
base = read_vectors(task["base"])
index = faiss.index_factory(task["dimension"], task["factory"], faiss.METRIC_INNER_PRODUCT)


def build():
    index.train(base)
    index.add(base)


build_seconds, *_ = timed(build)
