"""A BERT of a true shape with random weights in fp16, as a sentence-transformers folder: speed does not depend on the values.

python bench/gpu/make_model.py <folder of all-MiniLM-L6-v2, for its tokenizer> <new folder> bge-large|bge-small
"""

import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

# layers, width, heads, feed-forward width: BAAI/bge-large-en-v1.5 and bge-small-en-v1.5.
SHAPES = {"bge-large": (24, 1024, 16, 4096), "bge-small": (12, 384, 12, 1536)}
WORDS, POSITIONS, TYPES = 30522, 512, 2
STANDARD_DEVIATION = 0.02


def parameters(layers: int, width: int, inner: int):
    """Name and shape of each, as transformers' BertModel has them."""

    def dense(name, rows, columns):
        yield f"{name}.weight", (rows, columns)
        yield f"{name}.bias", (rows,)

    def norm(name):
        yield f"{name}.LayerNorm.weight", (width,)
        yield f"{name}.LayerNorm.bias", (width,)

    for name, rows in (("word", WORDS), ("position", POSITIONS), ("token_type", TYPES)):
        yield f"embeddings.{name}_embeddings.weight", (rows, width)
    yield from norm("embeddings")
    for i in range(layers):
        layer = f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            yield from dense(f"{layer}.attention.self.{part}", width, width)
        yield from dense(f"{layer}.attention.output.dense", width, width)
        yield from norm(f"{layer}.attention.output")
        yield from dense(f"{layer}.intermediate.dense", inner, width)
        yield from dense(f"{layer}.output.dense", width, inner)
        yield from norm(f"{layer}.output")
    yield from dense("pooler.dense", width, width)


def values(seed: int, name: str, shape: tuple) -> bytes:
    if name.endswith("LayerNorm.weight"):
        return np.ones(shape, "<f2").tobytes()
    random = np.random.default_rng(seed)
    return (random.standard_normal(shape, dtype="f4") * STANDARD_DEVIATION).astype("<f2").tobytes()


def write_safetensors(file: Path, tensors: list) -> None:
    header, offset = {}, 0
    for name, shape in tensors:
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    head = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    head += b" " * (-len(head) % 8)
    with ThreadPoolExecutor() as pool, file.open("wb") as out:
        out.write(len(head).to_bytes(8, "little") + head)
        for data in pool.map(lambda item: values(item[0], *item[1]), enumerate(tensors)):
            out.write(data)


def write_json(file: Path, value) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=2))


def main(tokenizer: Path, folder: Path, shape: str) -> None:
    layers, width, heads, inner = SHAPES[shape]
    work = folder.with_name(folder.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    write_safetensors(work / "model.safetensors", list(parameters(layers, width, inner)))
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": WORDS,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": TYPES,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "torch_dtype": "float16",
    }
    write_json(work / "config.json", config)
    write_json(work / "sentence_bert_config.json", {"max_seq_length": POSITIONS, "do_lower_case": True})
    kinds = ("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ]
    write_json(work / "modules.json", modules)
    (work / "2_Normalize").mkdir()
    pooling = {
        "word_embedding_dimension": width,
        "pooling_mode_cls_token": True,
        "pooling_mode_mean_tokens": False,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
    }
    write_json(work / "1_Pooling" / "config.json", pooling)
    # all-MiniLM-L6-v2 has BERT's own vocabulary; only its limits are not BGE's.
    rules = json.loads((tokenizer / "tokenizer.json").read_text())
    write_json(work / "tokenizer.json", {**rules, "truncation": None, "padding": None})
    settings = json.loads((tokenizer / "tokenizer_config.json").read_text())
    write_json(work / "tokenizer_config.json", {**settings, "model_max_length": POSITIONS})
    for name in ("vocab.txt", "special_tokens_map.json"):
        if (tokenizer / name).exists():
            shutil.copy(tokenizer / name, work / name)
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
