"""Small .onnx files out of the tiny BERT fixture, exported by PyTorch: data/*.onnx.

    python make_onnx.py        (packages as in test/fixtures/requirements.txt, and onnx)
"""

from pathlib import Path

import onnx
import torch
from transformers import BertModel

HERE = Path(__file__).parent
FOLDER = HERE.parents[2] / "fixtures/models/tiny-bert-mean"


class Tokens(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


class Pooled(Tokens):
    """Mean over tokens inside the model, as sentence-transformers exports it."""

    def forward(self, input_ids, attention_mask):
        hidden = super().forward(input_ids, attention_mask, torch.zeros_like(input_ids))
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1)


def export(module, file, inputs, output):
    ids = torch.ones(2, 7, dtype=torch.long)
    names = [*inputs, output]
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    if output == "sentence_embedding":
        axes[output] = {0: "batch"}
    torch.onnx.export(
        module.eval(), tuple(ids if name != "token_type_ids" else ids * 0 for name in inputs), str(HERE / file),
        input_names=inputs, output_names=[output], dynamic_axes=axes, opset_version=17, dynamo=False,
    )


def main():
    model = BertModel.from_pretrained(FOLDER, attn_implementation="eager", add_pooling_layer=False).eval()
    three = ["input_ids", "attention_mask", "token_type_ids"]
    export(Tokens(model), "tokens.onnx", three, "last_hidden_state")
    export(Pooled(model), "pooled.onnx", three[:2], "sentence_embedding")
    # The same with an input that densenode does not know, and with outputs that are not for embeddings: logits of a
    # vocabulary of 32, and scores of 32 labels.
    for source, file, old, new in (
        ("tokens.onnx", "unknown_input.onnx", "token_type_ids", "pixel_values"),
        ("tokens.onnx", "unknown_output.onnx", "last_hidden_state", "logits"),
        ("pooled.onnx", "scores.onnx", "sentence_embedding", "logits"),
    ):
        graph = onnx.load(HERE / source)
        for value in [*graph.graph.input, *graph.graph.output]:
            value.name = new if value.name == old else value.name
        for node in graph.graph.node:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]
        onnx.save(graph, HERE / file)


if __name__ == "__main__":
    main()
