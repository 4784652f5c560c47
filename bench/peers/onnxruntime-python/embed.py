"""ONNX Runtime in Python on the fused fp32 export: sorted by length, batches of 32, mean pooling in numpy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import onnxruntime
from tokenizers import Tokenizer
from trial import embedding_trial, task

BATCH = 32


def load():
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = task["threads"]
    folder = Path(task["onnx"])
    session = onnxruntime.InferenceSession(
        str(folder / "onnx/model_fused.onnx"), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(task["maxTokens"])
    tokenizer.no_padding()
    return session, tokenizer


def embed(model, texts: list[str]) -> np.ndarray:
    session, tokenizer = model
    encodings = tokenizer.encode_batch_fast(texts)
    order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
    out = np.empty((len(texts), task["dimension"]), dtype=np.float32)
    for begin in range(0, len(texts), BATCH):
        rows = order[begin : begin + BATCH]
        lengths = [len(encodings[i].ids) for i in rows]
        ids = np.zeros((len(rows), max(lengths)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(rows):
            ids[row, : lengths[row]] = encodings[i].ids
            mask[row, : lengths[row]] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = session.run(None, feed)[0]
        pooled = (
            np.einsum("bth,bt->bh", hidden, mask.astype(np.float32))
            / np.asarray(lengths, np.float32)[:, None]
        )
        out[rows] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    return out


def tokens(model, texts: list[str]) -> dict:
    return {"tokens": sum(len(encoding.ids) for encoding in model[1].encode_batch(texts))}


embedding_trial(["onnxruntime", "tokenizers", "numpy"], load, embed, tokens)
