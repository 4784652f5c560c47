#!/usr/bin/env python3
"""Compares densenode's token ids with those of the official `tokenizers` library.

    pip install tokenizers==0.23.3
    python3 test/parity/tokenizer_parity.py --program build/tests/densenode_encode_lines [--seed N] [--texts N]

Prints how many texts were compared for each tokenizer.json and the first difference of each; exits 1 on any.
Texts: WordNet glosses, names and dates in about 200 languages (from Node's Intl), every code point, random Unicode,
invalid UTF-8.
"""

import argparse
import copy
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import tokenizers

THIRD_PARTY = pathlib.Path.home() / ".cache" / "densenode" / "third-party"
NAMES_SCRIPT = """
const codes = (kind) => kind.split(' ')
const letters = [...'abcdefghijklmnopqrstuvwxyz']
const languages = letters.flatMap(a => letters.map(b => a + b))
const locales = Intl.DisplayNames.supportedLocalesOf(languages)
for (const locale of locales) {
  const region = new Intl.DisplayNames(locale, { type: 'region' })
  const language = new Intl.DisplayNames(locale, { type: 'language' })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone: 'UTC' })
  const names = languages.flatMap(c => [language.of(c), region.of(c.toUpperCase())]).filter(n => n.length > 2)
  for (let i = 0; i < names.length; i += 8)
    console.log(names.slice(i, i + 8).join(i % 3 ? ', ' : ' ') + '. ' + date.format(new Date(i * 1e9)))
}
"""


def glosses(wordnet):
    for file in sorted(wordnet.glob("data.*")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if " | " in line and not line.startswith("  "):
                yield line.split(" | ", 1)[1].strip()


def code_points(step=48):
    """Every code point, alone between letters and next to its neighbours."""
    every = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    for i in range(0, len(every), step):
        yield " ".join(f"a{c}b" for c in every[i : i + step])
        yield "".join(every[i : i + step])


POOLS = [
    (0x20, 0x7F), (0, 0x20), (0x80, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE80),
    (0xF00, 0xFFF), (0x1100, 0x1200), (0x1AB0, 0x1B00), (0x1C80, 0x2070), (0x2100, 0x2C00), (0x3000, 0x3100),
    (0x4E00, 0x4F00), (0xA640, 0xA9E0), (0xAC00, 0xD7A4), (0xF900, 0xFFFE), (0x10400, 0x10450), (0x11000, 0x11900),
    (0x1D000, 0x1D800), (0x1E000, 0x1E960), (0x1F1E6, 0x1FAFF), (0x20000, 0x20100), (0x2F800, 0x2FA20),
    (0xE0000, 0xE01F0), (0x0, 0x110000),
]  # fmt: skip
PIECES = ["[MASK]", "[CLS]", "[SEP]", "[UNK]", " ", "  ", "\u0301", "\u0323", "\u0f71\u0f72", "\u0344", "##", "ing", "un",
          "\u0130", "\u03a3", "\u1e9e", "\ufb01", "\u200d", "\ufe0f", "\u3000", "\u00a0", "the", "cafe\u0301", "\u212b",
          "<a>", "<b>", "<ab>", "abc", "abcd", "Foo", "foo", "CAT", "cat", "\t", "\n", "\u0085", "\ufffd", "\x00"]  # fmt: skip


def random_text(rng):
    parts = []
    for _ in range(rng.randint(1, 12)):
        if rng.random() < 0.4:
            parts.append(rng.choice(PIECES))
        else:
            low, high = rng.choice(POOLS)
            letters = (rng.randrange(low, high) for _ in range(rng.randint(1, 10)))
            parts.append("".join(chr(c) for c in letters if not 0xD800 <= c <= 0xDFFF))
        if rng.random() < 0.3:
            parts.append(" ")
    if rng.random() < 0.02:
        parts.append("a" * rng.randint(90, 110))
    return "".join(parts)


def damaged_text(rng):
    data = bytearray(random_text(rng).encode())
    for _ in range(rng.randint(1, 4)):
        data.insert(rng.randint(0, len(data)), rng.randrange(0x80, 0x100))
    if rng.random() < 0.5:
        del data[rng.randint(0, len(data)) :]
    return bytes(data)


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


def run(program, path, texts, options):
    blob = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    done = subprocess.run([program, path, *options], input=blob, stdout=subprocess.PIPE, check=True)
    out, at, blocks = done.stdout, 0, []
    size = 1 if "--decode" in options else 4
    for _ in texts:
        (count,) = struct.unpack_from("<I", out, at)
        blocks.append(out[at + 4 : at + 4 + count * size])
        at += 4 + count * size
    assert at == len(out)
    return blocks


class Comparison:
    def __init__(self, program):
        self.program, self.texts, self.differences = program, 0, 0

    def report(self, name, texts, expected, got):
        wrong = [i for i in range(len(texts)) if expected[i] != got[i]]
        self.texts += len(texts)
        self.differences += len(wrong)
        print(f"{name}: {len(texts)} texts, {len(wrong)} differences", flush=True)
        if wrong:
            i = wrong[0]
            show = lambda block: struct.unpack(f"<{len(block) // 4}i", block) if len(block) % 4 == 0 else block
            print(f"  text {i}: {texts[i]!r}\n  expected {show(expected[i])}\n  got      {show(got[i])}")

    def compare(self, name, j, texts, max_tokens=None, special=True, decode=False):
        official = tokenizers.Tokenizer.from_str(json.dumps(j))
        official.no_padding()
        options = [] if special else ["--no-special-tokens"]
        if max_tokens is not None:
            official.enable_truncation(max_length=max_tokens)
            options += ["--max-tokens", str(max_tokens)]
        strings = [t.decode("utf-8", "replace") for t in texts]
        ids = [e.ids for e in official.encode_batch_fast(strings, add_special_tokens=special)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "tokenizer.json"
            path.write_text(json.dumps(j))
            expected = [struct.pack(f"<{len(i)}i", *i) for i in ids]
            self.report(name, texts, expected, run(self.program, path, texts, options))
            if decode:
                expected = [official.decode(i, skip_special_tokens=True).encode() for i in ids]
                self.report(f"{name}, decoded", texts, expected, run(self.program, path, texts, options + ["--decode"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", type=pathlib.Path, default=THIRD_PARTY / "models" / "all-MiniLM-L6-v2")
    parser.add_argument("--wordnet", type=pathlib.Path, default=THIRD_PARTY / "wordnet-3.1" / "dict")
    parser.add_argument("--texts", type=int, default=100_000, help="texts for the model's own tokenizer.json")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    print(f"tokenizers {tokenizers.__version__}, seed {arguments.seed}")

    real = [g.encode() for g in glosses(arguments.wordnet)]
    names = subprocess.run(["node", "-e", NAMES_SCRIPT], stdout=subprocess.PIPE, check=True).stdout.split(b"\n")
    every = [t.encode() for t in code_points()]
    rng.shuffle(real)
    rng.shuffle(names)
    part = arguments.texts // 10
    randoms = [random_text(rng).encode() for _ in range(part * 3)]
    damaged = [damaged_text(rng) for _ in range(part // 2)]
    many = [b"", b" ", *names, *randoms, *damaged, *every]
    many += real[: max(part, arguments.texts - len(many))]
    few = [b"", *real[:part], *names[: part // 2], *randoms[:part], *damaged[: part // 5]]
    print(f"{len(real)} glosses, {len(names)} names, {len(every)} texts of code points, {len(randoms)} random texts")

    comparison = Comparison(arguments.program)
    base = json.loads((arguments.model / "tokenizer.json").read_text())
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
    print(f"{comparison.texts} texts compared, {comparison.differences} differences")
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
