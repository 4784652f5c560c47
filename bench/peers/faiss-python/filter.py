"""FAISS's own Python wheel: IDSelectorBitmap in the search parameters."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import faiss
import numpy as np
from trial import finish, queries_per_second, read_vectors, task, timed

faiss.omp_set_num_threads(task["threads"])
base, queries = read_vectors(task["base"]), read_vectors(task["queries"])
index = faiss.index_factory(task["dimension"], task["factory"], faiss.METRIC_INNER_PRODUCT)
PARAMETERS = {"IVF": faiss.SearchParametersIVF, "HNS": faiss.SearchParametersHNSW}
make_parameters = PARAMETERS.get(task["factory"][:3], faiss.SearchParameters)


def build():
    index.train(base)
    index.add(base)


build_seconds, *_ = timed(build)
speeds, found = {}, []
for each in [{"share": "all"}, *task["filters"]]:
    parameters = dict(task["parameters"])
    if "bitmap" in each:
        parameters["sel"] = faiss.IDSelectorBitmap(np.fromfile(each["bitmap"], dtype=np.uint8))
    wanted = make_parameters(**parameters) if parameters else None
    search = lambda begin, end: index.search(queries[begin:end], task["k"], params=wanted)
    speeds[each["share"]] = {
        batch: queries_per_second(search, int(batch), count) for batch, count in task["batches"].items()
    }
    if "bitmap" in each:
        found.append(search(0, len(queries))[1].astype("<i4"))
np.concatenate(found).tofile(task["out"])
finish(["faiss-cpu", "numpy"], buildSeconds=build_seconds, queriesPerSecond=speeds)
