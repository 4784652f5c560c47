"""LanceDB on a local folder: IVF_FLAT, whose cells are those of the other IVF peers."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from search_trial import run
from trial import task

os.environ["LANCE_CPU_THREADS"] = str(task["threads"])
os.environ["LANCE_LOG"] = "error"

import lancedb
import pyarrow

folder = tempfile.TemporaryDirectory()


def build(base: np.ndarray):
    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(base.ravel()), task["dimension"])
    ids = np.arange(len(base), dtype=np.int32)
    table = lancedb.connect(folder.name).create_table("t", pyarrow.table({"id": ids, "vector": vectors}))
    table.create_index(metric="dot", index_type="IVF_FLAT", num_partitions=task["build"]["cells"])
    return table


def search(table, queries: np.ndarray, parameters: dict) -> np.ndarray:
    """Several queries in one call come back one after another, in the order of `query_index`."""
    asked = queries[0] if len(queries) == 1 else list(queries)
    query = table.search(asked, vector_column_name="vector", query_type="vector").distance_type("dot")
    found = query.nprobes(parameters["nprobe"]).select(["id", "_distance"]).limit(task["k"]).to_arrow()
    ids = found["id"].to_numpy()
    if len(queries) == 1:
        return ids[None, :]
    out = np.full((len(queries), task["k"]), -1)
    rows = found["query_index"].to_numpy()
    for row in np.unique(rows):
        mine = ids[rows == row]
        out[row, : len(mine)] = mine
    return out


run(["lancedb", "pyarrow", "numpy"], build, search)
