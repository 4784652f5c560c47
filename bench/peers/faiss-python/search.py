"""FAISS's own Python wheel."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import faiss
from trial import finish, queries_per_second, read_vectors, task, timed

faiss.omp_set_num_threads(task["threads"])
base, queries = read_vectors(task["base"]), read_vectors(task["queries"])
index = faiss.index_factory(task["dimension"], task["factory"], faiss.METRIC_INNER_PRODUCT)


def build():
    index.train(base)
    index.add(base)


build_seconds, *_ = timed(build)
space = faiss.ParameterSpace()
for name, value in task["parameters"].items():
    space.set_index_parameter(index, name, value)

speeds = {
    batch: queries_per_second(
        lambda begin, end: index.search(queries[begin:end], task["k"]), int(batch), count
    )
    for batch, count in task["batches"].items()
}
index.search(queries, task["k"])[1].astype("<i4").tofile(task["out"])
finish(["faiss-cpu", "numpy"], buildSeconds=build_seconds, queriesPerSecond=speeds)
