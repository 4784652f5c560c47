"""sentence-transformers in fp32, or as task.variant says; encode() sorts by length and batches by 32."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from sentence_transformers import SentenceTransformer
from trial import embedding_trial, task

torch.set_num_threads(task["threads"])
dtype = task.get("variant", "fp32")
embedding_trial(
    ["sentence-transformers", "transformers", "torch"],
    load=lambda: SentenceTransformer(
        task["model"],
        device="cpu",
        model_kwargs={"dtype": {"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]},
    ),
    embed=lambda model, texts: model.encode(texts, batch_size=32),
    more=lambda model, texts: {"dtype": dtype},
)
