"""ONNX Runtime in Python on the fused fp32 export: sorted by length, batches of 32, mean pooling in numpy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import onnxruntime
from tokenizers import Tokenizer
from trial import finish, read_texts, task, timed, warm_up

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


def embed(session, tokenizer, texts: list[str]) -> np.ndarray:
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


texts = read_texts()
load_seconds, (session, tokenizer), _ = timed(load)
embed(session, tokenizer, warm_up(texts))
seconds, embeddings, cpu_seconds = timed(lambda: embed(session, tokenizer, texts))
embeddings.astype("<f4").tofile(task["out"])
tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))
finish(
    ["onnxruntime", "tokenizers", "numpy"],
    seconds=seconds,
    cpuSeconds=cpu_seconds,
    loadSeconds=load_seconds,
    dimension=embeddings.shape[1],
    tokens=tokens,
)
