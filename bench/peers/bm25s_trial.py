"""A trial of bm25s on texts that are tokens joined by spaces; cutting them is not timed."""

import json
from pathlib import Path

import bm25s
import numpy as np
from trial import finish, queries_per_second, read_texts, task, timed


def run(backend: str, packages: list[str]) -> None:
    documents = [text.split() for text in read_texts()]
    queries = [query.split() for query in json.loads(Path(task["queries"]).read_text())]
    k = task["k"]
    model = bm25s.BM25(method="lucene", k1=task["k1"], b=task["b"], backend=backend)
    build_seconds, *_ = timed(lambda: model.index(documents, show_progress=False))

    def search(begin: int, end: int):
        return model.retrieve(queries[begin:end], k=k, show_progress=False, n_threads=task["threads"])

    speeds = {
        batch: queries_per_second(search, int(batch), count) for batch, count in task["batches"].items()
    }
    found = search(0, len(queries))
    ids = np.where(found.scores > 0, found.documents, -1)
    Path(task["out"]).write_bytes(ids.astype("<i4").tobytes() + found.scores.astype("<f4").tobytes())
    finish(packages, buildSeconds=build_seconds, queriesPerSecond=speeds)
