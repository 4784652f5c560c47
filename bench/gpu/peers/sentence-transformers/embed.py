"""sentence-transformers on the same device; encode() sorts by length itself."""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from serve import serve  # before torch: it sets the environment

import torch
from sentence_transformers import SentenceTransformer

model = None
texts = []


def load(request):
    global model
    model = None
    begin = time.perf_counter()
    dtype = {"fp16": torch.float16, "fp32": torch.float32}[request["dtype"]]
    model = SentenceTransformer(request["folder"], device=request["device"], model_kwargs={"dtype": dtype})
    names = ("sentence-transformers", "transformers", "torch")
    return {
        "seconds": time.perf_counter() - begin,
        "maxTokens": model.max_seq_length,
        "attention": str(getattr(model[0].auto_model.config, "_attn_implementation", "unknown")),
        "versions": {name: version(name) for name in names},
    }


def read_texts(request):
    global texts
    texts = json.loads(Path(request["file"]).read_text())


def embed(request):
    chosen = texts[: request["count"]]
    begin = time.perf_counter()
    embeddings = model.encode(chosen, batch_size=request["batch"])  # a NumPy array: it waits for the GPU
    seconds = time.perf_counter() - begin
    if "out" in request:
        embeddings.astype("<f4").tofile(request["out"])
    return {"seconds": seconds, "dimension": int(embeddings.shape[1])}


def latency(request):
    from serve import time_each

    def work(i):
        return model.encode(texts[i % len(texts)])

    return {"seconds": time_each(work, request["warmUp"], request["runs"])}


serve({"load": load, "texts": read_texts, "embed": embed, "latency": latency})
