"""FAISS's own Python wheel."""

import faiss
from built_index import build_seconds, index
from trial import finish, queries_per_second, read_vectors, task

queries = read_vectors(task["queries"])

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
