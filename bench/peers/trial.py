"""The Python adapters' side of a trial, as harness/trial.mjs for Node."""

import json
import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np

task = json.loads(Path(sys.argv[1]).read_text())


def read_texts() -> list[str]:
    return json.loads(Path(task["texts"]).read_text())


def warm_up(texts: list[str]) -> list[str]:
    return texts[::10]


def read_vectors(file: str) -> np.ndarray:
    return np.fromfile(file, dtype="<f4").reshape(-1, task["dimension"])


def timed(work):
    """Returns (seconds, what work() returned, CPU seconds of all threads)."""
    start, cpu_start = time.perf_counter(), time.process_time()
    value = work()
    return time.perf_counter() - start, value, time.process_time() - cpu_start


def queries_per_second(search, batch: int, count: int) -> float:
    def run():
        for begin in range(0, count, batch):
            search(begin, min(begin + batch, count))

    run()  # warm-up
    return count / timed(run)[0]


def embedding_trial(packages: list[str], load, embed, more=lambda model, texts: {}) -> None:
    """One trial of `embed`: load() gives what embed(model, texts) takes; `more`, further figures, is not timed."""
    texts = read_texts()
    load_seconds, model, _ = timed(load)
    embed(model, warm_up(texts))
    seconds, embeddings, cpu_seconds = timed(lambda: embed(model, texts))
    embeddings.astype("<f4").tofile(task["out"])
    finish(
        packages,
        seconds=seconds,
        cpuSeconds=cpu_seconds,
        loadSeconds=load_seconds,
        dimension=embeddings.shape[1],
        **more(model, texts),
    )


def finish(packages: list[str], **result) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    versions = {"python": sys.version.split()[0], **{name: version(name) for name in packages}}
    print("\n" + json.dumps({"maxRssMiB": peak, "versions": versions, **result}), flush=True)
