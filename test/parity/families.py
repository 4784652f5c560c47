"""Tokenizers of every family, as tokenizer.json: trained on the spot by the official library, so that no download is needed.

The character map of SentencePiece's nmt_nfkc comes from the package sentencepiece where it is installed.
"""

import base64
import copy
import io
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
PATTERNS = dict(gpt2=GPT2, llama3=LLAMA3, qwen2=QWEN2, o200k=O200K, clip=CLIP)

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
ADDED = [
    AddedToken("<mask>", lstrip=True, special=True, normalized=False),
    AddedToken("<tool>", rstrip=True, normalized=False),
    AddedToken("cat", single_word=True, normalized=False),
    AddedToken("Foo bar", normalized=True),
    AddedToken("\u4e00\u4e8c", normalized=True, lstrip=True, rstrip=True),
]


def nmt_nfkc():
    """The character map of nmt_nfkc in base64, or None without sentencepiece."""
    try:
        import sentencepiece
    except ImportError:
        return None
    out = io.BytesIO()
    words = [f"word{i} text{i} some{i}" for i in range(200)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words), model_writer=out, vocab_size=60, normalization_rule_name="nmt_nfkc",
        hard_vocab_limit=False, minloglevel=9)  # fmt: skip
    normalizer = field(out.getvalue(), 3)  # ModelProto.normalizer_spec
    return base64.b64encode(field(normalizer, 2)).decode()  # NormalizerSpec.precompiled_charsmap


def field(message, wanted):
    """The bytes of a length-delimited field of a protocol buffer."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = number()
        kind = key & 7
        if kind == 0:
            number()
        elif kind == 2:
            length = number()
            if key >> 3 == wanted:
                return message[at : at + length]
            at += length
        else:
            at += {1: 8, 5: 4}[kind]
    raise ValueError(f"no field {wanted}")


def train(model, trainer, texts, normalizer=None, pre_tokenizer=None, **parts):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(texts, trainer)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.add_tokens(ADDED)
    return json.loads(tokenizer.to_str())


def template(tokens, single, pair):
    return processors.TemplateProcessing(single=single, pair=pair, special_tokens=tokens)


ROBERTA_TEMPLATE = template([("<s>", 0), ("</s>", 2)], "<s> $A </s>", "<s> $A </s> </s> $B:1 </s>:1")


def unigrams(texts):
    trainer = lambda: trainers.UnigramTrainer(vocab_size=6000, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    charsmap = nmt_nfkc()
    precompiled = [normalizers.Precompiled(base64.b64decode(charsmap))] if charsmap else []
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    metaspace = lambda **more: pre_tokenizers.Metaspace(**(dict(replacement="\u2581", prepend_scheme="always") | more))
    split = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace()])
    base = train(models.Unigram(), trainer(), texts, normalizers.Sequence([*precompiled, spaces]), split,
                 post_processor=ROBERTA_TEMPLATE, decoder=decoders.Metaspace())  # fmt: skip

    def variant(**parts):
        tokenizer = Tokenizer.from_str(json.dumps(base))
        for name, part in parts.items():
            setattr(tokenizer, name, part)
        return json.loads(tokenizer.to_str())

    yield "Unigram XLM-R", base
    yield "Unigram Metaspace always", variant(pre_tokenizer=metaspace())
    yield "Unigram Metaspace first", variant(pre_tokenizer=metaspace(prepend_scheme="first"))
    yield "Unigram Metaspace never", variant(pre_tokenizer=metaspace(prepend_scheme="never"), decoder=decoders.Metaspace(prepend_scheme="never"))
    yield "Unigram T5, one word", variant(pre_tokenizer=metaspace(split=False, prepend_scheme="first"))
    yield "Unigram replacement _", variant(pre_tokenizer=metaspace(replacement="_"), decoder=decoders.Metaspace(replacement="_"))
    for i, first in enumerate([normalizers.Strip(), normalizers.StripAccents(), normalizers.Nmt(), normalizers.NFKD()]):
        yield f"Unigram first {i}", variant(normalizer=normalizers.Sequence([first, *precompiled]), pre_tokenizer=metaspace(prepend_scheme="first"))
    albert = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
              normalizers.Lowercase(), *precompiled, spaces]  # fmt: skip
    bert_pair = template([("<s>", 0), ("</s>", 2)], "<s>:0 $A:0 </s>:0", "<s>:0 $A:0 </s>:0 $B:1 </s>:1")
    yield "Unigram ALBERT", variant(normalizer=normalizers.Sequence(albert), pre_tokenizer=metaspace(), post_processor=bert_pair)
    for name, change in [("byte fallback", True), ("no unknown", False)]:
        j = copy.deepcopy(base)
        if change:
            j["model"]["vocab"] += [[f"<0x{b:02X}>", -12.0] for b in range(256)]
            j["model"]["byte_fallback"] = True
            j["decoder"] = json.loads(decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]).__getstate__())
        else:  # every byte of the alphabet is a token
            j["normalizer"] = dict(type="ByteLevel")
            j["pre_tokenizer"] = None
            j["model"]["vocab"] += [[c, -15.0] for c in sorted(pre_tokenizers.ByteLevel.alphabet())]
            j["model"]["unk_id"] = None
            j["decoder"] = json.loads(decoders.ByteLevel().__getstate__())
        yield f"Unigram {name}", j


def byte_level(texts):
    trainer = trainers.BpeTrainer(vocab_size=6000, special_tokens=SPECIAL, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    base = train(models.BPE(), trainer, texts, None, pre_tokenizers.ByteLevel(add_prefix_space=False), decoder=decoders.ByteLevel(),
                 post_processor=processors.RobertaProcessing(("</s>", 2), ("<s>", 0)))  # fmt: skip

    def variant(model=None, **parts):
        tokenizer = Tokenizer.from_str(json.dumps(base))
        for name, part in parts.items():
            setattr(tokenizer, name, part)
        j = json.loads(tokenizer.to_str())
        j["model"].update(model or {})
        return j

    yield "BPE RoBERTa", base
    yield "BPE RoBERTa, prefix space", variant(pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True))
    legacy = [" ".join(merge) for merge in base["model"]["merges"]]
    yield "BPE merges as text", variant(model=dict(merges=["#version: 0.2"] + legacy))
    for name, pattern in PATTERNS.items():
        for behavior, invert in [("isolated", False), ("removed", True)]:
            steps = [pre_tokenizers.Split(Regex(pattern), behavior, invert), pre_tokenizers.ByteLevel(False, use_regex=False)]
            yield f"BPE {name} {behavior}", variant(
                model=dict(ignore_merges=name == "llama3"), normalizer=normalizers.NFC() if name == "qwen2" else None,
                pre_tokenizer=pre_tokenizers.Sequence(steps),
                post_processor=processors.Sequence([processors.ByteLevel(trim_offsets=False), ROBERTA_TEMPLATE]))  # fmt: skip
    yield "BPE ByteLevel normalizer", variant(normalizer=normalizers.ByteLevel(), pre_tokenizer=pre_tokenizers.Split("\u0120", "merged_with_next"))
    yield "BPE digits first", variant(pre_tokenizer=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(True)]))


def character_bpe(texts):
    def trainer(**more):
        return trainers.BpeTrainer(vocab_size=5000, special_tokens=SPECIAL, show_progress=False, limit_alphabet=150, **more)

    prepend = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    llama2 = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    llama2_post = template([("<s>", 0)], "<s> $A", "<s> $A <s>:1 $B:1")
    base = train(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True), trainer(), texts[::2], prepend,
                 pre_tokenizers.Split("\u2581", "merged_with_next"), decoder=llama2, post_processor=llama2_post)  # fmt: skip
    yield "BPE unknown fused", base
    fallback = copy.deepcopy(base)
    known = set(fallback["model"]["vocab"])
    for b in range(256):
        fallback["model"]["vocab"].setdefault(f"<0x{b:02X}>", len(known) + b)
    yield "BPE Llama 2", fallback | dict(pre_tokenizer=None)
    for flags in (dict(byte_fallback=False, fuse_unk=False), dict(byte_fallback=False, unk_token=None)):
        j = copy.deepcopy(base)
        j["model"] |= flags
        yield f"BPE {flags}", j
    some_bytes = copy.deepcopy(fallback)
    for b in range(0x80, 0xC8, 3):
        some_bytes["model"]["vocab"].pop(f"<0x{b:02X}>")
    for fuse in (False, True):
        j = copy.deepcopy(some_bytes)
        j["model"]["fuse_unk"] = fuse
        yield f"BPE some byte tokens, fused {fuse}", j
    clip_steps = [pre_tokenizers.Split(Regex(CLIP), "removed", True), pre_tokenizers.ByteLevel(False, use_regex=False)]
    clip = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    yield "BPE CLIP", train(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", continuing_subword_prefix=""),
                            trainer(end_of_word_suffix="</w>", initial_alphabet=alphabet), texts[::2], clip, pre_tokenizers.Sequence(clip_steps),
                            decoder=decoders.BPEDecoder("</w>"), post_processor=ROBERTA_TEMPLATE)  # fmt: skip
    yield "BPE with ##", train(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"), trainer(continuing_subword_prefix="##"),
                               texts[::2], normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(),
                               decoder=decoders.WordPiece(), post_processor=processors.BertProcessing(("</s>", 2), ("<s>", 0)))  # fmt: skip


def boundaries(pre_tokenizer, characters):
    """A tokenizer whose ids show every character of the words, and where words begin."""
    tokens = ["[UNK]", *characters, *("##" + c for c in characters)]
    model = dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=10**9,
                 vocab={t: i for i, t in enumerate(dict.fromkeys(tokens))})  # fmt: skip
    return dict(version="1.0", truncation=None, padding=None, added_tokens=[], normalizer=None, post_processor=None, decoder=None,
                pre_tokenizer=pre_tokenizer, model=model)  # fmt: skip


def cuts():
    """Pre-tokenizers, each with a tokenizer that shows where it cuts."""
    characters = [chr(c) for c in [*range(1, 0x600), *range(0x900, 0x980), *range(0x1E00, 0x2400), *range(0x3000, 0x3200),
                                   *range(0x4E00, 0x4F00), *range(0xAC00, 0xAD00), *range(0x1F300, 0x1F400)]]  # fmt: skip
    behaviors = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
    patterns = [dict(String=" "), dict(String="ab"), dict(String=""), dict(Regex=r"\s+"), dict(Regex=r"[a-f]|\d{2}"), dict(Regex="(?=[A-Z])"),
                dict(Regex=r"\p{L}*"), dict(Regex=r"\b"), dict(Regex=r"(?i)[\p{P}&&[^.]]+|x*?y")]  # fmt: skip
    for pattern in patterns:
        for behavior in behaviors:
            for invert in (False, True):
                split = dict(type="Split", pattern=pattern, behavior=behavior, invert=invert)
                yield f"Split {pattern} {behavior} {invert}", boundaries(split, characters)
    for one in (dict(type="UnicodeScripts"), dict(type="FixedLength", length=3), dict(type="FixedLength"), dict(type="Whitespace"),
                dict(type="WhitespaceSplit"), dict(type="Punctuation", behavior="Contiguous"), dict(type="Digits", individual_digits=False),
                dict(type="CharDelimiterSplit", delimiter="e"), dict(type="Metaspace", replacement="_", prepend_scheme="first", split=True),
                dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True)):  # fmt: skip
        yield one["type"], boundaries(one, characters)
        steps = [dict(type="Split", pattern=dict(Regex="[aeiou]"), behavior="MergedWithNext", invert=False), one]
        yield f"Split, {one['type']}", boundaries(dict(type="Sequence", pretokenizers=steps), characters)


def all_families(texts):
    yield from unigrams(texts)
    yield from byte_level(texts)
    yield from character_bpe(texts)
