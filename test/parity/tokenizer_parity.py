#!/usr/bin/env python3
"""Compares densenode's token ids with those of the official `tokenizers` library.

    pip install tokenizers==0.23.3
    python3 test/parity/tokenizer_parity.py --program build/tests/densenode_encode_lines [--seed N] [--texts N]

Prints how many texts were compared for each tokenizer.json and the first difference of each; exits 1 on any. Tokenizers: a
model's own with many changes, one of each family (families.py), and other models' (--tokenizer-json FILE...). Texts: WordNet glosses,
names and dates in about 200 languages (from Node's Intl), every code point, random Unicode, invalid UTF-8 (texts.py).
"""

import argparse
import copy
import json
import pathlib
import random
import sys

import families
import texts as sources
import tokenizers
from comparison import Comparison

THIRD_PARTY = pathlib.Path.home() / ".cache" / "densenode" / "third-party"
def added(content, **flags):
    defaults = dict(id=0, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    return defaults | dict(content=content) | flags


EXTRA = [
    added("<a>", special=True), added("<b>", lstrip=True), added("<ab>", rstrip=True), added("abc"),
    added("abcd", normalized=True), added("bcd"), added("Foo", normalized=True), added("cat", single_word=True),
    added("CAT", single_word=True, lstrip=True, rstrip=True), added("un", single_word=True, normalized=True),
    added("caf\u00e9", normalized=True, lstrip=True), added("\u4e00\u4e8c"), added("the", rstrip=True, normalized=True),
    added("\u0301\u0323"), added("a b", normalized=True), added("[MASK]", lstrip=True, special=True),
    added("new token", id=99999),
]  # fmt: skip


def variants(base):
    """(name, tokenizer.json) pairs; the first is the model's own."""
    plain = copy.deepcopy(base)
    plain["truncation"] = None

    def change(**parts):
        j = copy.deepcopy(plain)
        for key, value in parts.items():
            merge = key in ("normalizer", "model") and value is not None and "type" not in value
            j[key] = j[key] | value if merge else value
        return j

    yield "own", base
    yield "no truncation", plain
    for flags in (
        dict(strip_accents=None), dict(strip_accents=True), dict(strip_accents=False), dict(lowercase=False), dict(clean_text=False),
        dict(handle_chinese_chars=False), dict(lowercase=False, strip_accents=True),
        dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False),
        dict(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
    ):  # fmt: skip
        yield f"BertNormalizer {flags}", change(normalizer=flags)
        yield f"BertNormalizer {flags}, by character", code_point_vocabulary(change(normalizer=flags))
    yield "added tokens", change(added_tokens=plain["added_tokens"] + EXTRA)
    yield "added tokens, cased", change(added_tokens=plain["added_tokens"] + EXTRA, normalizer=dict(lowercase=False))
    yield "BertProcessing", change(post_processor=dict(type="BertProcessing", sep=["[SEP]", 102], cls=["[CLS]", 101]))
    yield "no parts", change(normalizer=None, pre_tokenizer=None, post_processor=None)
    yield "12 characters a word", change(model=dict(max_input_chars_per_word=12))
    yield "no prefix", change(model=dict(continuing_subword_prefix=""))
    yield "WordLevel", change(model=dict(type="WordLevel", unk_token="[UNK]", vocab=plain["model"]["vocab"]))
    for direction in ("Left", "Right"):
        for length in (2, 3, 8):
            truncation = dict(max_length=length, strategy="OnlyFirst", stride=0, direction=direction)
            yield f"truncation {direction} {length}", change(truncation=truncation)
    for form in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"):
        # Words are looked up as they are, so the vocabulary must see what the form does.
        yield form, code_point_vocabulary(change(normalizer=dict(type=form)))
    steps = [dict(type="Strip", strip_left=True, strip_right=False), dict(type="Replace", pattern=dict(String="a"), content="xyz"),
             dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase"), dict(type="Prepend", prepend="un ")]  # fmt: skip
    yield "Sequence", change(normalizer=dict(type="Sequence", normalizers=steps))
    for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        steps = [dict(type="WhitespaceSplit"), dict(type="Punctuation", behavior=behavior)]
        yield f"Punctuation {behavior}", change(pre_tokenizer=dict(type="Sequence", pretokenizers=steps))
    yield "Whitespace", change(pre_tokenizer=dict(type="Whitespace"))
    yield "CharDelimiterSplit", change(pre_tokenizer=dict(type="CharDelimiterSplit", delimiter="e"))
    for individual in (True, False):
        digits = dict(type="Digits", individual_digits=individual)
        yield f"Digits {individual}", change(pre_tokenizer=dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), digits]))


def code_point_vocabulary(j):
    """Each code point below U+30000 and the tags is its own token, so that ids show every character of the text."""
    characters = [chr(c) for c in [*range(0x30000), *range(0xE0000, 0xE0200)] if not 0xD800 <= c <= 0xDFFF]
    tokens = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"] + characters
    j["model"] = dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="", max_input_chars_per_word=10**9,
                      vocab={token: i for i, token in enumerate(tokens)})  # fmt: skip
    return j | dict(pre_tokenizer=None, post_processor=None)


def compare_model(comparison, base, many, few, every):
    for name, j in variants(base):
        own = name in ("own", "no truncation")
        covers_all = own or name.startswith(("BertNormalizer", "NF", "Lowercase", "Strip", "Punct", "White", "Digits", "Nmt"))
        texts = many if own else few + every if covers_all else few
        if j["pre_tokenizer"] is None:  # the text is one word, for which the official library takes cubic time
            texts = [t for t in few[::5] + every if len(t) < 400]
        comparison.compare(name, j, texts, decode=own or name.startswith("added"))
        if name == "no truncation":
            comparison.compare(f"{name}, no special tokens", j, texts, special=False)
            for length in (2, 3, 7, 16, 64, 256):
                comparison.compare(f"{name}, max_tokens {length}", j, few, max_tokens=length)
                comparison.compare(f"{name}, max_tokens {length}, no special tokens", j, few, length, False)


def compare_family(comparison, name, j, many, few):
    comparison.compare(name, j, many)
    comparison.compare(f"{name}, no special tokens", j, few, special=False, decode=True)
    comparison.compare(f"{name}, pairs", j, few, pairs=True)
    comparison.compare(f"{name}, type ids of pairs", j, few, pairs=True, type_ids=True)
    for length in (8, 33):
        comparison.compare(f"{name}, max_tokens {length}", j, few, max_tokens=length)
        comparison.compare(f"{name}, pairs, max_tokens {length}", j, few, max_tokens=length, pairs=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", type=pathlib.Path, default=THIRD_PARTY / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--wordnet", type=pathlib.Path, default=THIRD_PARTY / "wordnet-3.1" / "dict")
    parser.add_argument("--tokenizer-json", type=pathlib.Path, nargs="*", default=[], help="of other models")
    parser.add_argument("--texts", type=int, default=100_000, help="texts for each family and model")
    parser.add_argument("--only", choices=["model", "families", "cuts", "files"], help="one group of tokenizers")
    parser.add_argument("--family", nargs="*", help="names of families (families.py) in the place of all")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    print(f"tokenizers {tokenizers.__version__}, seed {arguments.seed}")

    glosses, names = list(sources.glosses(arguments.wordnet)), sources.names()
    every = [t.encode() for t in sources.code_points()]
    rng.shuffle(glosses)
    rng.shuffle(names)
    part = arguments.texts // 10
    randoms = [sources.random_text(rng).encode() for _ in range(part * 2)]
    mutated = [sources.mutated_text(rng, glosses, sources.PIECES).encode() for _ in range(part)]
    damaged = [sources.damaged_text(rng) for _ in range(part // 2)]
    real = [g.encode() for g in glosses]
    named = [n.encode() for n in names]
    many = [b"", b" ", *named, *randoms, *mutated, *damaged, *every]
    many += real[: max(part, arguments.texts - len(many))]
    few = [b"", *real[: part // 2], *named[: part // 2], *randoms[:part], *mutated[: part // 2], *damaged[: part // 5]]
    print(f"{len(many)} texts: {len(named)} names, {len(every)} of code points, {len(randoms)} random, {len(mutated)} changed glosses")

    comparison = Comparison(arguments.program)
    chosen = lambda group: arguments.only in (None, group)
    if chosen("model"):
        compare_model(comparison, json.loads((arguments.model / "tokenizer.json").read_text()), many, few, every)
    if chosen("families"):
        for name, j in families.all_families(glosses[:5_000] + names[:3_000]):
            if arguments.family is None or name in arguments.family:
                compare_family(comparison, name, j, many, few)
    if chosen("cuts"):
        for name, j in families.cuts():
            comparison.compare(name, j, few)
    if chosen("files"):
        for path in arguments.tokenizer_json:
            compare_family(comparison, str(path), json.loads(path.read_text()), many, few)
    print(f"{comparison.texts} texts compared, {comparison.differences} differences")
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
