"""Exports a BERT folder to fp32 ONNX in the layout that transformers.js reads: onnx/model.onnx, tokenizer, config.

    python export.py <model folder> <out>

Beside it lies onnx/model_fused.onnx: the same with attention, layer norms and embeddings fused by ONNX Runtime's
own transformer optimizer, the best that this peer offers in fp32. onnx/fused_operators.json says what was fused.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from onnxruntime.transformers import optimizer
from transformers import AutoModel, AutoTokenizer


class LastHiddenState(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


def main(folder: str, out: str) -> None:
    target = Path(out)
    (target / "onnx").mkdir(parents=True, exist_ok=True)
    # Attention in plain operators: the form that ONNX Runtime's optimizer knows how to fuse.
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    limit = Path(folder, "sentence_bert_config.json")
    tokenizer.model_max_length = json.loads(limit.read_text())["max_seq_length"] if limit.exists() else 512
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tokenizer(["one text", "another, longer text"], padding=True, return_tensors="pt")
    torch.onnx.export(
        LastHiddenState(model),
        tuple(example[name] for name in names),
        str(target / "onnx/model.onnx"),
        input_names=names,
        output_names=["last_hidden_state"],
        opset_version=17,
        dynamo=False,
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in (*names, "last_hidden_state")},
    )
    heads, width = model.config.num_attention_heads, model.config.hidden_size
    fused = optimizer.optimize_model(
        str(target / "onnx/model.onnx"), model_type="bert", num_heads=heads, hidden_size=width
    )
    fused.save_model_to_file(str(target / "onnx/model_fused.onnx"))
    operators = {name: count for name, count in fused.get_fused_operator_statistics().items() if count}
    (target / "onnx/fused_operators.json").write_text(json.dumps(operators) + "\n")
    tokenizer.save_pretrained(target)
    model.config.save_pretrained(target)


if __name__ == "__main__":
    main(*sys.argv[1:3])
