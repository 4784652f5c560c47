#!/usr/bin/env python3
"""Writes official_cases.json: what the official `tokenizers` library answers, for official_cases_test.cpp.

    pip install tokenizers==0.23.3 && python3 test/native/text/make_official_cases.py
"""

import json
import pathlib

import tokenizers
from tokenizers import Tokenizer

OUTPUT = pathlib.Path(__file__).with_name("official_cases.json")
WORDS = ("[PAD] [UNK] [CLS] [SEP] [MASK] hello world un ##aff ##able a b c ab ##c cafe café CAFE the cat ##s cats , . ! ? ' - "
         "# ## $ é ##é 北 京 i ##̇ i̇ 1 ##2 12 n't 's do not don is n ##' I x ##x ##y tok ##en ##iz new").split()  # fmt: skip
VOCAB = {word: i for i, word in enumerate(WORDS)}

TEXTS = [
    "", " ", "Hello, WORLD!", "unaffable", "unaffablex", "Café CAFÉ cafe\u0301 CAFE", "a\u0301\u0323b", "a\u0323\u0301",
    "\u0344 \u0f73 \u0f71\u0f74\u0f72", "北京abc京", "\u1112\u1161\u11ab 한글 각", "\u0130stanbul \u03a3\u03a3 \u1e9e", "\ufb01\u2460\u00bd ½ ②",
    "a\x00b\x07c\ufffdd\u200be\u00adf\u0085g\th\ni\rj\x0bk\x0cl", "a\u00a0b\u3000c\u2003d\u2028e\u202ff", "a-b_c$d^e`f|g<h>i",
    "don't \u2019quoted\u2018 \u00ab\u00bb \u2014 \u00a1 \u00bf \u0964", "12 1.5 \u0661\u0662 \u2167 \u00b2", "naïve Ångström \u212b",
    "\U0001f600\U0001f468\u200d\U0001f469 \U0001d54f", "\U0002f800 \uf900 \u3400 \U00020000", "\u0958 \u09dc \u0b5c", "e\u0301\u0301 \u0301e",
    "a\u05b0\u05b4\u05bc \u0670\u0651", "x" * 100, "x" * 101, "é" * 100, "é" * 101, "\u1d15e \U0001d15e \U0001d1bb", "ﾊﾟ ﾊﾞ ㌀ ㍿",
    "\u0e33 \u0eb3 \u0f0c", "\u1100\u1161\u11a8\u11a8 \uac00\u11a8", "a..b??", "..a", "--", "1a2b33", "e", "ee", "aebece",
]  # fmt: skip

BERT = dict(type="BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
OFF = BERT | dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
NORMALIZERS = [
    BERT, OFF, OFF | dict(clean_text=True), OFF | dict(handle_chinese_chars=True), OFF | dict(strip_accents=True),
    OFF | dict(lowercase=True), OFF | dict(lowercase=True, strip_accents=None), BERT | dict(strip_accents=False),
    {k: v for k, v in BERT.items() if k != "strip_accents"}, *(dict(type=t) for t in ("NFC", "NFD", "NFKC", "NFKD")),
    dict(type="Lowercase"), dict(type="StripAccents"), dict(type="Nmt"), dict(type="Strip", strip_left=True, strip_right=False),
    dict(type="Strip", strip_left=True, strip_right=True), dict(type="Replace", pattern=dict(String="ab"), content="\u2581"),
    dict(type="Replace", pattern=dict(String="a"), content=""), dict(type="Prepend", prepend="\u2581"),
    dict(type="Sequence", normalizers=[dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase")]),
    dict(type="Sequence", normalizers=[]),
]  # fmt: skip
PRE_TOKENIZERS = [
    dict(type="BertPreTokenizer"), dict(type="Whitespace"), dict(type="WhitespaceSplit"), dict(type="Punctuation"),
    *(dict(type="Punctuation", behavior=b) for b in ("Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")),
    dict(type="Digits", individual_digits=True), dict(type="Digits", individual_digits=False),
    dict(type="CharDelimiterSplit", delimiter="e"),
    dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), dict(type="Punctuation")]),
]  # fmt: skip


def token(content, **flags):
    return dict(id=0, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False) | dict(content=content) | flags


SPECIAL = [token(t, special=True) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
CLS, SEP = dict(SpecialToken=dict(id="[CLS]", type_id=0)), dict(SpecialToken=dict(id="[SEP]", type_id=0))
TEXT = lambda type_id=0: dict(Sequence=dict(id="A", type_id=type_id))
SPECIAL_TOKENS = {t: dict(id=t, ids=[VOCAB[t]], tokens=[t]) for t in ("[CLS]", "[SEP]")}
TEMPLATE = dict(type="TemplateProcessing", single=[CLS, TEXT(), SEP], pair=[], special_tokens=SPECIAL_TOKENS)
BASE = dict(
    version="1.0", truncation=None, padding=None, added_tokens=SPECIAL, normalizer=BERT, pre_tokenizer=dict(type="BertPreTokenizer"),
    post_processor=TEMPLATE, decoder=dict(type="WordPiece", prefix="##", cleanup=True),
    model=dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=100, vocab=VOCAB),
)  # fmt: skip
MODEL = BASE["model"]


def truncation(length, **more):
    return dict(truncation=dict(max_length=length, strategy="LongestFirst", stride=0) | more)


def tokens(*extra):
    return dict(added_tokens=SPECIAL + list(extra))


ADDED_TEXTS = [
    "abcd xabcdx abce bcd", "a [MASK] b", "  [MASK]  ", "[CLS][SEP] [cls]", "cat cats _cat cat_ écat cat\u0301 cat", "the Foo foo FOO",
    "AA x", "AA  x", "AA \u3000 x", "x  AA  AA y", "caf\u00e9 cafe cafe\u0301", "北京 京北", "new token newtoken",
]  # fmt: skip
MODEL_TEXTS = TEXTS[:8] + ["don't do not", "cats the cat's", "[MASK] un ##aff", "i\u0307 \u0130", "12", "# ##", "xy xyy xxyx"]
TOKENIZERS = [
    ("plain", {}, MODEL_TEXTS),
    ("no prefix", dict(model=MODEL | dict(continuing_subword_prefix="")), MODEL_TEXTS),
    ("3 characters a word", dict(model=MODEL | dict(max_input_chars_per_word=3)), MODEL_TEXTS + ["äöü", "äöüß"]),
    ("model without type", dict(model={k: v for k, v in MODEL.items() if k != "type"}), MODEL_TEXTS),
    ("WordLevel", dict(model=dict(type="WordLevel", unk_token="[UNK]", vocab=VOCAB)), MODEL_TEXTS),
    ("vocabulary with holes", dict(model=MODEL | dict(vocab=dict(VOCAB, far=2**31 - 1, hole=70))) | tokens(token("extra")), ["far extra hole"]),
    ("no parts", dict(normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None), ["hello", "a b", "unaffable[MASK]", ""]),
    ("overlapping", tokens(token("ab"), token("abcd"), token("bcde"), token("cd")), ADDED_TEXTS),
    ("normalized", tokens(token("ABCD", normalized=True), token("FOO", normalized=True), token("caf\u00e9", normalized=True)), ADDED_TEXTS),
    ("single word", tokens(token("cat", single_word=True), token("foo", single_word=True, normalized=True)), ADDED_TEXTS),
    ("strip left", tokens(token("AA", lstrip=True), token("[MASK]", lstrip=True, special=True)), ADDED_TEXTS),
    ("strip right", tokens(token("AA", rstrip=True), token(" x"), token("[MASK]", rstrip=True)), ADDED_TEXTS),
    ("strip both", tokens(token("AA", lstrip=True, rstrip=True, single_word=True)), ADDED_TEXTS),
    ("chinese", tokens(token("北京"), token("京", normalized=True)), ADDED_TEXTS),
    ("twice", tokens(token("new token"), token("new token", normalized=True), token("cat", special=True)), ADDED_TEXTS),
    ("special, normalized", tokens(token("Foo", normalized=True, special=True)), ADDED_TEXTS),
    ("type ids", dict(post_processor=TEMPLATE | dict(single=[TEXT(3), CLS, TEXT(1)])), ["a b", ""]),
    ("several ids", dict(post_processor=TEMPLATE | dict(special_tokens=SPECIAL_TOKENS | {"[CLS]": dict(id="[CLS]", ids=[7, 8], tokens=["x", "y"])})), ["a"]),
    ("Bert", dict(post_processor=dict(type="BertProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2])), ["a b", ""]),
    ("Roberta", dict(post_processor=dict(type="RobertaProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2], trim_offsets=True, add_prefix_space=False)), ["a b", ""]),
    ("processors", dict(post_processor=dict(type="Sequence", processors=[dict(type="ByteLevel", add_prefix_space=True, trim_offsets=False, use_regex=True), TEMPLATE])), ["a b", ""]),
    ("truncated", truncation(4), ["a b c", "a", "", "a b", "unaffable a"]),
    ("truncated left", truncation(4, direction="Left"), ["a b c", "a", "", "unaffable a"]),
    ("truncated to specials", truncation(2, strategy="OnlyFirst"), ["a b c", ""]),
    ("no cleanup", dict(decoder=dict(type="WordPiece", prefix="##", cleanup=False)), MODEL_TEXTS),
]  # fmt: skip


def main():
    normalizers = [
        dict(config=c, expected=[component(normalizer=c).normalizer.normalize_str(t) for t in TEXTS]) for c in NORMALIZERS
    ]
    pre_tokenizers = [
        dict(config=c, expected=[[w for w, _ in component(pre_tokenizer=c).pre_tokenizer.pre_tokenize_str(t)] for t in TEXTS])
        for c in PRE_TOKENIZERS
    ]
    cases = []
    for name, changes, texts in TOKENIZERS:
        # The vocabulary stands in the file once; a case that changes it brings its own.
        official = Tokenizer.from_str(json.dumps(BASE | changes))
        rows = []
        for text in texts:
            encoding, bare = official.encode(text), official.encode(text, add_special_tokens=False)
            rows.append(dict(text=text, ids=encoding.ids, type_ids=encoding.type_ids, bare_ids=bare.ids,
                             decoded=official.decode(encoding.ids, skip_special_tokens=False),
                             decoded_bare=official.decode(encoding.ids, skip_special_tokens=True)))  # fmt: skip
        cases.append(dict(name=name, changes=changes, vocab_size=official.get_vocab_size(), rows=rows))
    document = dict(tokenizers=tokenizers.__version__, texts=TEXTS, base=BASE, normalizers=normalizers,
                    pre_tokenizers=pre_tokenizers, cases=cases)  # fmt: skip
    OUTPUT.write_text(json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace('},{"', '},\n{"') + "\n")
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes")


def component(**parts):
    return Tokenizer.from_str(json.dumps(BASE | parts))


if __name__ == "__main__":
    main()
