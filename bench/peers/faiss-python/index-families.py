"""The share of all vectors that a search of IVF compares with a query, by FAISS's own counters."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import faiss
from trial import finish, read_vectors, task

faiss.omp_set_num_threads(task["threads"])
base, queries = read_vectors(task["base"])[: task["count"]], read_vectors(task["queries"])
index = faiss.index_factory(task["dimension"], task["factory"], faiss.METRIC_INNER_PRODUCT)
index.train(base)
index.add(base)

shares = {}
for index.nprobe in task["probes"]:
    faiss.cvar.indexIVF_stats.reset()
    index.search(queries, task["k"])
    shares[index.nprobe] = faiss.cvar.indexIVF_stats.ndis / (len(queries) * len(base))
finish(["faiss-cpu", "numpy"], shares=shares)
