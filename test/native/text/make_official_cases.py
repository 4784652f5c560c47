#!/usr/bin/env python3
"""Writes official_cases.json: what the official `tokenizers` library answers, for official_cases_test.cpp.

    pip install tokenizers==0.23.3 && python3 test/native/text/make_official_cases.py
"""

import json
import pathlib

import tokenizers
from charsmap import charsmap
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
    "'\u017f 'S we'LL'Re \n\n  x\r\n \t12345", "I'm we'll 'tis it's 3rd  two   three\n\n four\t", "\u0915\u094d\u0937 \u0915\u0301\u094d\u0915 \u00a9\u200d\u00ae \r\n \U0001f1e6\U0001f1e7\U0001f1e8",
    "かな漢字カナー abc абв ١٢", "\u2581a \u2581", "\u0e33 \u0eb3 \u0f0c", "\u1100\u1161\u11a8\u11a8 \uac00\u11a8", "a..b??", "..a", "--", "1a2b33", "e", "ee", "aebece",
]  # fmt: skip

BERT = dict(type="BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
OFF = BERT | dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
# Rules as those of nmt_nfkc: spaces, ligatures, composition (whose shortest match drops what follows in a short grapheme).
CHARSMAP = charsmap({"\u00a0": " ", "\u3000": " ", "\t": " ", "\n": " ", "\ufb01": "fi", "\u2460": "1", "A\u0301": "\u00c1", "e\u0301": "\u00e9", "e": "E",
                     "\u00a9": "(c)", "\u0301": "", "\u0915": "K", "\r\n": "/", "\x07": "", "\u200d": "J", "\U0001f600": ":)", "\uff8a\uff9f": "\u30d1"})  # fmt: skip
NORMALIZERS = [
    BERT, OFF, OFF | dict(clean_text=True), OFF | dict(handle_chinese_chars=True), OFF | dict(strip_accents=True),
    OFF | dict(lowercase=True), OFF | dict(lowercase=True, strip_accents=None), BERT | dict(strip_accents=False),
    {k: v for k, v in BERT.items() if k != "strip_accents"}, *(dict(type=t) for t in ("NFC", "NFD", "NFKC", "NFKD")),
    dict(type="Lowercase"), dict(type="StripAccents"), dict(type="Nmt"), dict(type="Strip", strip_left=True, strip_right=False),
    dict(type="Strip", strip_left=True, strip_right=True), dict(type="Replace", pattern=dict(String="ab"), content="\u2581"),
    dict(type="Replace", pattern=dict(String="a"), content=""), dict(type="Prepend", prepend="\u2581"),
    dict(type="Sequence", normalizers=[dict(type="NFKD"), dict(type="StripAccents"), dict(type="Lowercase")]),
    dict(type="Sequence", normalizers=[]), dict(type="ByteLevel"), dict(type="Prepend", prepend=""),
    *(dict(type="Replace", pattern=dict(Regex=p), content="_") for p in (r"\s+", r" {2,}", r"(?i)[a-f]|\p{M}", r"x*", r"(?<=a)b")),
    dict(type="Replace", pattern=dict(String=""), content="-"), dict(type="Precompiled", precompiled_charsmap=CHARSMAP),
    dict(type="Sequence", normalizers=[dict(type="Precompiled", precompiled_charsmap=CHARSMAP), dict(type="Lowercase")]),
]  # fmt: skip
BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PRE_TOKENIZERS = [
    dict(type="BertPreTokenizer"), dict(type="Whitespace"), dict(type="WhitespaceSplit"), dict(type="Punctuation"),
    *(dict(type="Punctuation", behavior=b) for b in ("Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")),
    dict(type="Digits", individual_digits=True), dict(type="Digits", individual_digits=False),
    dict(type="CharDelimiterSplit", delimiter="e"),
    dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), dict(type="Punctuation")]),
    *(dict(type="ByteLevel", add_prefix_space=a, trim_offsets=True, use_regex=r) for a in (True, False) for r in (True, False)),
    *(dict(type="Metaspace", replacement="\u2581", prepend_scheme=p, split=s) for p in ("always", "first", "never") for s in (True, False)),
    dict(type="Metaspace", replacement="_", add_prefix_space=True), dict(type="UnicodeScripts"), dict(type="FixedLength", length=3), dict(type="FixedLength"),
    *(dict(type="Split", pattern=p, behavior=b, invert=i) for p in (dict(Regex=r"\d|[aeiou]+"), dict(String="a")) for b in BEHAVIORS for i in (True, False)),
    dict(type="Split", pattern=dict(Regex=r"(?=\S)"), behavior="Isolated", invert=False),
    *(dict(type="Split", pattern=dict(Regex=p), behavior="Isolated", invert=False) for p in (LLAMA3, QWEN2, O200K)),
    dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), dict(type="Metaspace", replacement="\u2581", prepend_scheme="first", split=True)]),
    dict(type="Sequence", pretokenizers=[dict(type="Digits", individual_digits=True), dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True)]),
]  # fmt: skip


def token(content, **flags):
    return dict(id=0, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False) | dict(content=content) | flags


SPECIAL = [token(t, special=True) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
CLS, SEP = dict(SpecialToken=dict(id="[CLS]", type_id=0)), dict(SpecialToken=dict(id="[SEP]", type_id=0))
SEP1 = dict(SpecialToken=dict(id="[SEP]", type_id=1))
TEXT = lambda type_id=0, id="A": dict(Sequence=dict(id=id, type_id=type_id))
SPECIAL_TOKENS = {t: dict(id=t, ids=[VOCAB[t]], tokens=[t]) for t in ("[CLS]", "[SEP]")}
TEMPLATE = dict(type="TemplateProcessing", single=[CLS, TEXT(), SEP], pair=[CLS, TEXT(), SEP, TEXT(1, "B"), SEP1], special_tokens=SPECIAL_TOKENS)
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


def unigram(vocab, **more):
    return dict(model=dict(type="Unigram", unk_id=0, vocab=[["<unk>", 0.0], *vocab], byte_fallback=False) | more, pre_tokenizer=METASPACE, normalizer=None, decoder=METASPACE,
                post_processor=None)  # fmt: skip


def bpe(vocab, merges, pre_tokenizer=None, **more):
    model = dict(type="BPE", dropout=None, unk_token="<unk>", continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False,
                 byte_fallback=False, vocab={t: i for i, t in enumerate(vocab)}, merges=merges) | more  # fmt: skip
    return dict(model=model, pre_tokenizer=pre_tokenizer or dict(type="WhitespaceSplit"), normalizer=None, decoder=None, post_processor=None)


METASPACE = dict(type="Metaspace", replacement="\u2581", prepend_scheme="always", split=True)
PIECES = [["\u2581", -2.0], ["a", -3.5], ["b", -3.25], ["c", -4.0], ["ab", -5.0], ["bc", -5.75], ["abc", -9.0], ["\u2581a", -5.0], ["\u2581ab", -8.5], ["\u00e9", -6.0],
          ["xx", -11.0], ["ab", -5.5], ["aa", -7.0]]  # fmt: skip
UNIGRAM_TEXTS = ["abc", "abcabc ab", "xyz", "axxxb", "\u00e9\u5317\u4eac", "aaa aab", " a  b", "", "<unk>a", "ababc\u2581abc", "xx x", "[MASK] a"]
BYTES = [f"<0x{b:02X}>" for b in range(256)]
LETTERS = ["<unk>", "a", "b", "c", "d", "ab", "cd", "abcd", "bc", "aa", "aaa"]
MERGES = [["a", "b"], ["c", "d"], ["ab", "cd"], ["b", "c"], ["a", "a"], ["aa", "a"]]
BPE_TEXTS = ["abcd", "abcabcd", "aaaa aaaaa", "axb", "xxayy", "dcba", "", "\u00e9a", "bcd ab", "a" * 40]
SUFFIXED = ["<unk>", "a", "b", "c", "a</w>", "b</w>", "c</w>", "ab", "ab</w>", "abc</w>", "</w>"]
PREFIXED = ["<unk>", "a", "b", "##b", "##c", "ab", "abc", "##bc"]
BYTE_LEVEL = dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True)
BYTE_VOCAB = ["<unk>", "\u0120", "h", "i", "\u00c3", "\u00a9", "hi", "\u0120hi", "\u00c3\u00a9", "!", "\u010a"]
BYTE_MERGES = ["h i", "\u0120 hi", "\u00c3 \u00a9"]
TOKENIZERS += [
    ("Unigram", unigram(PIECES), UNIGRAM_TEXTS),
    ("Unigram with bytes", unigram([*PIECES, *([b, -9.0] for b in BYTES)], byte_fallback=True), UNIGRAM_TEXTS),
    ("Unigram with some bytes", unigram([*PIECES, ["<0xE5>", -9.0], ["<0x78>", -9.0], ["<0x79>", -9.0], ["<0x7A>", -9.0]], byte_fallback=True), UNIGRAM_TEXTS),
    ("Unigram, unknown in the middle", unigram(PIECES, unk_id=3), UNIGRAM_TEXTS),
    ("Unigram, scores of 17 digits", unigram([["a", -1.2345678901234567], ["aa", -2.4691357802469135], ["aaa", -3.7037036703703702], ["\u2581", -0.1]]), ["a" * n for n in range(1, 12)]),
    ("BPE", bpe(LETTERS, MERGES), BPE_TEXTS),
    ("BPE fused", bpe(LETTERS, MERGES, fuse_unk=True), BPE_TEXTS),
    ("BPE without unknown", bpe(LETTERS, MERGES, unk_token=None), BPE_TEXTS),
    ("BPE merges as text", bpe(LETTERS, ["#version: 0.2", *(" ".join(m) for m in MERGES)]), BPE_TEXTS),
    ("BPE whole words first", bpe([*LETTERS, "bcd", "aaaaa"], MERGES, ignore_merges=True), BPE_TEXTS),
    ("BPE with bytes", bpe([*LETTERS, *BYTES], MERGES, byte_fallback=True), BPE_TEXTS),
    ("BPE with some bytes", bpe([*LETTERS, "<0x79>", "<0xC3>"], MERGES, byte_fallback=True, fuse_unk=True), [*BPE_TEXTS, "xya", "yxyb"]),
    ("BPE suffix", bpe(SUFFIXED, [["a", "b"], ["a", "b</w>"], ["ab", "c</w>"]], end_of_word_suffix="</w>") | dict(decoder=dict(type="BPEDecoder", suffix="</w>")), BPE_TEXTS),
    ("BPE prefix", bpe(PREFIXED, [["a", "##b"], ["ab", "##c"], ["##b", "##c"]], continuing_subword_prefix="##"), BPE_TEXTS),
    ("BPE suffix and bytes", bpe([*SUFFIXED, *BYTES], [["a", "b"]], end_of_word_suffix="</w>", byte_fallback=True), BPE_TEXTS),
    ("byte-level BPE", bpe(BYTE_VOCAB, BYTE_MERGES, BYTE_LEVEL) | dict(decoder=BYTE_LEVEL), ["hi", "hi hi", "\u00e9!", "hi\u5317", "h\n hi", "[MASK]hi"]),
    ("model without type, BPE", bpe(LETTERS, MERGES) | dict(model={k: v for k, v in bpe(LETTERS, MERGES)["model"].items() if k != "type"}), BPE_TEXTS),
]  # fmt: skip

PAIRS = [
    ("template", {}), ("Bert", dict(post_processor=dict(type="BertProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2]))),
    ("Roberta", dict(post_processor=dict(type="RobertaProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2], trim_offsets=True, add_prefix_space=False))),
    ("none", dict(post_processor=None)), ("ByteLevel", dict(post_processor=BYTE_LEVEL)),
    ("second first", dict(post_processor=TEMPLATE | dict(pair=[TEXT(7, "B"), SEP, TEXT(5), TEXT(6)]))),
    *((f"{strategy} {direction} {length}", truncation(length, strategy=strategy, direction=direction))
      for strategy in ("LongestFirst", "OnlyFirst", "OnlySecond") for direction in ("Left", "Right") for length in (3, 4, 5, 6, 7, 8)),
]  # fmt: skip
PAIR_TEXTS = [("a b c", "the cat"), ("a", "a b c hello world"), ("", "a"), ("a b c", ""), ("", ""), ("a b c hello", "c b a hello"), ("a b c", "a b c d")]

TOKENS = [
    ["hello", "##s", ".", "do", "n't"], ["\u2581hi", "\u2581", "there\u2581x"], ["<0xE5>", "<0x8C>", "<0x97>", "a", "<0xFF>", "<0x+F>", "<0xZZ>"], ["", "a", ""], [],
    ["h", "h", "|", "e", "<pad>", "l", "<pad>", "l", "o"], ["\u0120hi", "\u00c3\u00a9", "\u00c3", "\u5317", "!"], ["a</w>", "b", "c</w>"], ["  a ", " ", "   b"], ["x y  z"],
]  # fmt: skip
DECODERS = [
    dict(type="WordPiece", prefix="##", cleanup=True), dict(type="WordPiece", prefix="", cleanup=False), BYTE_LEVEL, dict(type="ByteFallback"), dict(type="Fuse"),
    METASPACE, METASPACE | dict(prepend_scheme="never"), METASPACE | dict(prepend_scheme="first", replacement="|"), dict(type="BPEDecoder", suffix="</w>"),
    dict(type="CTC", pad_token="<pad>", word_delimiter_token="|", cleanup=True), dict(type="CTC", pad_token="<pad>", word_delimiter_token="|", cleanup=False),
    dict(type="Replace", pattern=dict(String="\u2581"), content=" "), dict(type="Replace", pattern=dict(Regex=r"\s+"), content="_"),
    dict(type="Sequence", decoders=[dict(type="Replace", pattern=dict(String="\u2581"), content=" "), dict(type="ByteFallback"), dict(type="Fuse"),
                                    dict(type="Strip", content=" ", start=1, stop=0)]),
    dict(type="Strip", content=" ", start=2, stop=0), dict(type="Sequence", decoders=[]),
]  # fmt: skip


def main():
    normalizers = [
        dict(config=c, expected=[component(normalizer=c).normalizer.normalize_str(t) for t in TEXTS]) for c in NORMALIZERS
    ]
    pre_tokenizers = [
        dict(config=c, expected=[[w for w, _ in component(pre_tokenizer=c).pre_tokenizer.pre_tokenize_str(t)] for t in TEXTS])
        for c in PRE_TOKENIZERS
    ]
    decoders = [dict(config=c, expected=[component(decoder=c).decoder.decode(t) for t in TOKENS]) for c in DECODERS]
    pairs = []
    for name, changes in PAIRS:
        official = Tokenizer.from_str(json.dumps(BASE | changes))
        rows = [pair_row(official, pair) for pair in PAIR_TEXTS]
        pairs.append(dict(name=name, changes=changes, rows=rows))
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
                    pre_tokenizers=pre_tokenizers, decoders=decoders, tokens=TOKENS, pairs=pairs, cases=cases)  # fmt: skip
    OUTPUT.write_text(json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace('},{"', '},\n{"') + "\n")
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes")


def pair_row(official, pair):
    """ids and type_ids are null where the library refuses."""
    try:
        encoding, bare = official.encode(*pair), official.encode(*pair, add_special_tokens=False)
    except Exception:
        return dict(pair=pair, ids=None, type_ids=None)
    return dict(pair=pair, ids=encoding.ids, type_ids=encoding.type_ids, bare_ids=bare.ids, bare_type_ids=bare.type_ids)


def component(**parts):
    return Tokenizer.from_str(json.dumps(BASE | parts))


if __name__ == "__main__":
    main()
