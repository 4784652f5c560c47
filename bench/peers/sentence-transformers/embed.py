"""sentence-transformers in fp32, or as task.variant says; encode() sorts by length and batches by 32."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from sentence_transformers import SentenceTransformer
from trial import finish, read_texts, task, timed, warm_up

torch.set_num_threads(task["threads"])
texts = read_texts()
dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[task.get("variant", "fp32")]
load_seconds, model, _ = timed(
    lambda: SentenceTransformer(task["model"], device="cpu", model_kwargs={"dtype": dtype})
)
model.encode(warm_up(texts), batch_size=32)
seconds, embeddings, cpu_seconds = timed(lambda: model.encode(texts, batch_size=32))
embeddings.astype("<f4").tofile(task["out"])
finish(
    ["sentence-transformers", "transformers", "torch"],
    seconds=seconds,
    cpuSeconds=cpu_seconds,
    loadSeconds=load_seconds,
    dimension=embeddings.shape[1],
    dtype=task.get("variant", "fp32"),
)
