"""Exact search by torch: a matrix product in fp16 and topk, from host memory to host memory as the others. It also knows the
exact neighbours in fp32."""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch
from serve import rate, serve, time_each

ROWS = 1024  # of a product, so that a batch's scores fit
torch.backends.cuda.matmul.allow_tf32 = False
state = {}


def build(request):
    dimension = request["dimension"]
    state["device"] = request["device"]
    dtype = torch.float32 if request["device"] == "cpu" else torch.float16
    state["queries"] = torch.from_numpy(np.fromfile(request["queries"], "<f4").reshape(-1, dimension))
    base = np.memmap(request["base"], "<f4", "r").reshape(-1, dimension)[: request["count"]]
    state["base"] = torch.empty(base.shape, dtype=dtype, device=request["device"])
    state["file"] = base
    for begin in range(0, len(base), 65536):
        part = torch.from_numpy(np.array(base[begin : begin + 65536]))
        state["base"][begin : begin + len(part)] = part.to(request["device"])
    return {"versions": {"torch": version("torch")}}


def neighbours_of(queries, base, k):
    found = []
    for begin in range(0, len(queries), ROWS):
        part = queries[begin : begin + ROWS].to(state["device"], base.dtype)
        scores, ids = torch.topk(part @ base.T, k, dim=1)
        found.append((scores.cpu(), ids.cpu()))
    return [torch.cat(parts) for parts in zip(*found)]


def batch_at(i: int, size: int):
    rows = len(state["queries"])
    begin = (i % (rows // size)) * size
    return state["queries"][begin : begin + size]


def latency(request):
    def work(i):
        return neighbours_of(batch_at(i, 1), state["base"], request["k"])

    return {"seconds": time_each(work, request["warmUp"], request["runs"])}


def batches(request):
    size = request["size"]
    calls = rate(lambda i: neighbours_of(batch_at(i, size), state["base"], request["k"]))
    return {"queriesPerSecond": size * calls}


def write_ids(ids, out):
    ids.numpy().astype("<i4").tofile(out)


def neighbours(request):
    _, ids = neighbours_of(state["queries"][: request["count"]], state["base"], request["k"])
    write_ids(ids, request["out"])


def exact(request):
    """Neighbours in fp32, part by part of the base."""
    queries = state["queries"][: request["count"]].to(state["device"])
    best_scores, best_ids = None, None
    base = state["file"]
    for begin in range(0, len(base), 131072):
        part = torch.from_numpy(np.array(base[begin : begin + 131072])).to(state["device"])
        scores, ids = torch.topk(queries @ part.T, request["k"], dim=1)
        ids += begin
        if best_scores is not None:
            scores, ids = torch.cat([best_scores, scores], 1), torch.cat([best_ids, ids], 1)
        best_scores, order = torch.topk(scores, request["k"], dim=1)
        best_ids = torch.gather(ids, 1, order)
    write_ids(best_ids.cpu(), request["out"])


handlers = (build, latency, batches, neighbours, exact)
serve({handler.__name__: handler for handler in handlers})
