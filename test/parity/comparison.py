"""Runs densenode's test program and the official library over the same texts and counts differences."""

import json
import pathlib
import struct
import subprocess
import tempfile

import tokenizers


def run(program, path, texts, options, seconds=None):
    """One block of bytes for each text (or pair): its ids, or with --decode its text. Raises after so many seconds."""
    blob = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    done = subprocess.run([program, path, *options], input=blob, stdout=subprocess.PIPE, check=True, timeout=seconds)
    out, at, blocks = done.stdout, 0, []
    size = 1 if "--decode" in options else 4
    while at < len(out):
        (count,) = struct.unpack_from("<I", out, at)
        blocks.append(out[at + 4 : at + 4 + count * size])
        at += 4 + count * size
    return blocks


def pack(numbers):
    return struct.pack(f"<{len(numbers)}i", *numbers)


class Comparison:
    def __init__(self, program, quiet=False, seconds=None):
        self.seconds = seconds
        self.program, self.quiet, self.texts, self.differences, self.panics = program, quiet, 0, 0, 0

    def report(self, name, texts, expected, got):
        wrong = [i for i in range(len(texts)) if i >= len(got) or expected[i] != got[i]]
        self.texts += len(texts)
        self.differences += len(wrong)
        if wrong or not self.quiet:
            print(f"{name}: {len(texts)} texts, {len(wrong)} differences", flush=True)
        if wrong:
            i = wrong[0]
            decoded = name.endswith("decoded")
            show = lambda block: block if decoded else struct.unpack(f"<{len(block) // 4}i", block)
            print(f"  text {i}: {texts[i]!r}\n  expected {show(expected[i])}\n  got      {show(got[i]) if i < len(got) else None}")

    def encode_one_by_one(self, official, strings, special):
        """The inputs that the library does not panic on, and their encodings."""
        kept, encodings = [], []
        for i, one in enumerate(strings):
            try:
                encodings.append(official.encode(*one if isinstance(one, tuple) else (one,), add_special_tokens=special))
                kept.append(i)
            except BaseException as error:
                if type(error).__name__ != "PanicException":
                    raise
                self.panics += 1
        return kept, encodings

    def compare(self, name, j, texts, max_tokens=None, special=True, decode=False, pairs=False, type_ids=False, strategy=None):
        """texts: bytes, damaged UTF-8 among them; with `pairs`, two in a row are one input."""
        official = tokenizers.Tokenizer.from_str(json.dumps(j))
        official.no_padding()
        options = [] if special else ["--no-special-tokens"]
        options += ["--pairs"] * pairs + ["--type-ids"] * type_ids + (["--truncation", strategy] if strategy else [])
        if max_tokens is not None:
            direction = ((j.get("truncation") or {}).get("direction") or "Right").lower()
            official.enable_truncation(max_length=max_tokens, strategy=strategy or "longest_first", direction=direction)
            options += ["--max-tokens", str(max_tokens)]
        strings = [t.decode("utf-8", "replace") for t in texts]
        if pairs:
            strings = list(zip(strings[::2], strings[1::2]))
        # The fast variant leaves the type ids of pairs at 0.
        encode = official.encode_batch if type_ids else official.encode_batch_fast
        try:
            encodings = encode(strings, add_special_tokens=special)
        except BaseException as error:  # a panic of the library, on some text of these
            if type(error).__name__ != "PanicException":
                raise
            kept, encodings = self.encode_one_by_one(official, strings, special)
            strings = [strings[i] for i in kept]
            texts = [t for i in kept for t in (texts[2 * i : 2 * i + 2] if pairs else texts[i : i + 1])]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "tokenizer.json"
            path.write_text(json.dumps(j))
            expected = [pack(e.type_ids if type_ids else e.ids) for e in encodings]
            self.report(name, strings, expected, run(self.program, path, texts, options, self.seconds))
            if decode:
                expected = [official.decode(e.ids, skip_special_tokens=True).encode() for e in encodings]
                self.report(f"{name}, decoded", strings, expected, run(self.program, path, texts, options + ["--decode"], self.seconds))
