"""FAISS's own Python wheel: IDSelectorBitmap in the search parameters."""

import faiss
import numpy as np
from built_index import build
from trial import finish, queries_per_second, read_vectors, task, timed

build_seconds, index, _ = timed(lambda: build(read_vectors(task["base"])))
queries = read_vectors(task["queries"])
PARAMETERS = {"IVF": faiss.SearchParametersIVF, "HNS": faiss.SearchParametersHNSW}
make_parameters = PARAMETERS.get(task["factory"][:3], faiss.SearchParameters)

speeds, found = {}, []
for each in [{"share": "all"}, *task["filters"]]:
    parameters = dict(task["parameters"])
    if "bitmap" in each:
        parameters["sel"] = faiss.IDSelectorBitmap(np.fromfile(each["bitmap"], dtype=np.uint8))
    wanted = make_parameters(**parameters) if parameters else None
    search = lambda begin, end: index.search(queries[begin:end], task["k"], params=wanted)
    ids = search(0, len(queries))[1]
    if "bitmap" in each:
        found.append(ids.astype("<i4"))
    speeds[each["share"]] = {
        batch: queries_per_second(search, int(batch), count) for batch, count in task["batches"].items()
    }
np.concatenate(found).tofile(task["out"])
finish(["faiss-cpu", "numpy"], buildSeconds=build_seconds, queriesPerSecond=speeds)
