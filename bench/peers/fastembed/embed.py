"""fastembed on the fp32 export: batches of 32 in the order of the texts.

By itself it cuts texts after the 128 tokens of tokenizer_config.json; here after as many as its peers do.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType
from trial import embedding_trial, task

NAME = "local/all-MiniLM-L6-v2"
BATCH = 32


def load() -> TextEmbedding:
    TextEmbedding.add_custom_model(
        model=NAME,
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf=NAME),
        dim=task["dimension"],
        model_file="onnx/model.onnx",
    )
    model = TextEmbedding(NAME, specific_model_path=task["onnx"], threads=task["threads"])
    model.model.tokenizer.enable_truncation(task["maxTokens"])
    return model


def embed(model: TextEmbedding, texts: list[str]) -> np.ndarray:
    return np.stack(list(model.embed(texts, batch_size=BATCH)))


embedding_trial(["fastembed", "onnxruntime", "tokenizers"], load, embed)
