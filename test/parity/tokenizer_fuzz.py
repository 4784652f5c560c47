#!/usr/bin/env python3
"""Compares densenode's token ids with the official library's on random inputs until the time is over.

    pip install tokenizers==0.23.3
    python3 test/parity/tokenizer_fuzz.py --program build/tests/densenode_encode_lines --minutes 30 [--seed N]

Each round takes a tokenizer of a family (families.py) or a file (--tokenizer-json FILE...), changes its added tokens, truncation
and special tokens at random, and compares a few hundred random, changed and damaged texts, alone or in pairs. Exits 1 on any difference.
A round is a process of its own, as the official library panics or aborts on some texts and never ends on others.
"""

import argparse
import copy
import json
import os
import pathlib
import random
import select
import signal
import sys
import time
import traceback

from tokenizers import Tokenizer

import families
import texts as sources
from comparison import Comparison
from tokenizer_parity import EXTRA, THIRD_PARTY

# Of a round; densenode's program has half of it (comparison.py).
MOST_SECONDS = 60
os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads do not live on in a forked process


def clear(j, extra):
    """Those of the added tokens `extra` that the official library treats alike each time that it loads. Of two with the same normal form
    it takes one at random; one whose normal form is empty it finds between all characters, and densenode refuses it by name."""
    normalizer = Tokenizer.from_str(json.dumps(j)).normalizer
    forms = {""}
    kept = []
    for token in extra:
        form = normalizer.normalize_str(token["content"]) if normalizer and token["normalized"] else token["content"]
        if form not in forms:
            kept.append(token)
        forms.add(form)
    return kept


def change(rng, j):
    j = copy.deepcopy(j)
    if rng.random() < 0.5:
        extra = [dict(t) for t in rng.sample(EXTRA, rng.randint(1, 8))]
        for token in extra:
            for flag in ("single_word", "lstrip", "rstrip", "normalized", "special"):
                if rng.random() < 0.2:
                    token[flag] = not token[flag]
        j["added_tokens"] = j["added_tokens"] + clear(j, extra)
    if rng.random() < 0.2:
        j["truncation"] = dict(direction=rng.choice(["Left", "Right"]), max_length=rng.randint(8, 40), strategy="LongestFirst", stride=0)
    return j


def text(rng, real, pieces):
    kind = rng.random()
    if kind < 0.45:
        return sources.mutated_text(rng, real, pieces).encode()
    if kind < 0.85:
        return "".join(rng.choice([sources.random_text(rng), rng.choice(pieces)]) for _ in range(rng.randint(1, 4))).encode()
    return sources.damaged_text(rng)


def in_process(round, seconds):
    """What round() returns, a list of numbers; None where it has not ended after so long or was aborted. An exception in it ends everything."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(round()).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], seconds)
    if not ready:
        os.kill(child, signal.SIGKILL)
    answer = os.read(reader, 4096)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and not answer:
        sys.exit("a round ended with an error")
    return json.loads(answer) if answer else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--wordnet", type=pathlib.Path, default=THIRD_PARTY / "wordnet-3.1" / "dict")
    parser.add_argument("--tokenizer-json", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    real = list(sources.glosses(arguments.wordnet)) + [n for n in sources.names() if n]
    chosen = [*families.all_families(rng.sample(real, 2_500)), *families.cuts()]
    chosen += [(str(path), json.loads(path.read_text())) for path in arguments.tokenizer_json]
    bert = json.loads((THIRD_PARTY / "models" / "all-MiniLM-L6-v2" / "tokenizer.json").read_text())
    chosen += [("BERT", bert)] * 3
    rounds, hangs, end = 0, 0, time.monotonic() + 60 * arguments.minutes
    compared, differences, panics = 0, 0, 0
    while time.monotonic() < end and differences < 20:
        name, base = rng.choice(chosen)
        j = change(rng, base)
        pieces = sources.PIECES + [t["content"] for t in j["added_tokens"]][-40:]
        texts = [text(rng, real, pieces) for _ in range(600)]
        special, pairs = rng.random() < 0.7, rng.random() < 0.3
        max_tokens = rng.choice([None, None, rng.randint(6, 50)])
        decode = rng.random() < 0.4

        def round():
            comparison = Comparison(arguments.program, quiet=True, seconds=MOST_SECONDS / 2)
            comparison.compare(name, j, texts, max_tokens=max_tokens, special=special, pairs=pairs, decode=decode)
            return [comparison.texts, comparison.differences, comparison.panics]

        counts = in_process(round, MOST_SECONDS)
        rounds += 1
        hangs += counts is None
        compared, differences, panics = (a + b for a, b in zip((compared, differences, panics), counts or (0, 0, 0)))
    print(f"{rounds} rounds, {compared} texts compared, {differences} differences, {panics} more that the official library panics on, "
          f"{hangs} rounds in which it does not end or aborts")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
