"""An adapter's side of a session, for Python, as serve.mjs for Node."""

import json
import os
import sys
import time
import traceback

os.environ["HF_HUB_OFFLINE"] = "1"


def serve(handlers) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": True, **(handlers[request["do"]](request) or {})}
        except BaseException as error:
            where = "".join(traceback.format_exception(error))[-1500:]
            answer = {"error": f"{type(error).__name__}: {error}\n{where}"}
        print(json.dumps(answer), flush=True)


def time_each(work, warm_up: int, runs: int) -> list[float]:
    for i in range(warm_up):
        work(i)
    seconds = []
    for i in range(runs):
        begin = time.perf_counter()
        work(i)
        seconds.append(time.perf_counter() - begin)
    return seconds


def rate(work) -> float:
    """Calls of work(i) a second: one that does not count, then at least two and for at least half a second."""
    work(0)
    begin = time.perf_counter()
    calls = 0
    elapsed = 0.0
    while calls < 2 or elapsed < 0.5:
        work(calls)
        calls += 1
        elapsed = time.perf_counter() - begin
    return calls / elapsed
