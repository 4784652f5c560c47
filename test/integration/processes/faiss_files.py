"""The oracle of faiss-files.test.ts: FAISS's own Python (the version of scripts/third-party/oracles.txt).

write FOLDER: for each entry of cases.json, an index file and what it finds.
read FOLDER:  for each entry of exported.json, what a file that densenode wrote finds.
vectors.f32, queries.f32: rows of float32; dimension and k are in the JSON file.
"""

import json
import re
import sys

import faiss
import numpy as np

mode, folder = sys.argv[1:]
faiss.omp_set_num_threads(1)
METRICS = {"ip": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2, "l1": faiss.METRIC_L1}


def rows(name):
    return np.fromfile(f"{folder}/{name}", dtype=np.float32).reshape(-1, settings["dimension"])


def keep(index, name):
    scores, ids = index.search(queries, settings["k"])
    ids.astype(np.int64).tofile(f"{folder}/{name}.ids")
    scores.astype(np.float32).tofile(f"{folder}/{name}.scores")


with open(f"{folder}/{'cases' if mode == 'write' else 'exported'}.json") as file:
    settings = json.load(file)
queries = rows("queries.f32")
for case in settings["cases"]:
    name = case["name"]
    if mode == "read":
        index = faiss.read_index(f"{folder}/{name}.faiss")
        assert index.ntotal == case["count"], (name, index.ntotal)
        keep(index, name)
        continue
    vectors = rows("vectors.f32")
    # "np": without training for polysemous search, which takes a minute
    factory = re.sub(r"(PQ\d+(x\d+)?)(?=,|$)", r"\1np", case["factory"])
    index = faiss.index_factory(settings["dimension"], factory, METRICS[case["metric"]])
    index.train(vectors)
    ids = 5_000_000_000 - 7 * np.arange(len(vectors), dtype=np.int64)
    if case["ids"] == "none":
        index.add(vectors)
    elif case["ids"] == "lists":
        index.add_with_ids(vectors, ids)
    else:
        index = {"map": faiss.IndexIDMap, "map2": faiss.IndexIDMap2}[case["ids"]](index)
        index.add_with_ids(vectors, ids)
    if case.get("nprobe"):
        faiss.extract_index_ivf(index.index if case["ids"].startswith("map") else index).nprobe = case["nprobe"]
    if case.get("direct_map"):
        index.make_direct_map()
    faiss.write_index(index, f"{folder}/{name}.faiss")
    keep(index, name)
