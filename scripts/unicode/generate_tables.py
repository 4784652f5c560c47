#!/usr/bin/env python3
"""Writes native/text/unicode_tables.inc: the character properties that the official `tokenizers` library uses.

The library mixes several Unicode versions (unicode-normalization-alignments, unicode_categories, regex and the Rust
standard library of its compiler), so every property of every code point is asked of the library itself.

    pip install tokenizers==0.23.3 && python3 scripts/unicode/generate_tables.py
"""

import pathlib
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

VERSION = "0.23.3"
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "native" / "text" / "unicode_tables.inc"
BLOCK = 128
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xAC00 + 11172)  # decomposed by formula

# Bits of a property word; the names are those of native/text/unicode.h.
WHITESPACE, PUNCTUATION, OTHER, NONSPACING_MARK, NUMERIC, WORD, COMBINING_MARK = (1 << i for i in range(7))
HAS_CANONICAL, HAS_COMPATIBILITY, HAS_LOWERCASE, IS_CJK = (1 << i for i in range(7, 11))
REGEX_LETTER, REGEX_NUMBER, REGEX_SPACE = (1 << i for i in range(11, 14))


def bert(**flags):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False) | flags
    return normalizers.BertNormalizer(**settings).normalize_str


nfd, nfkd = normalizers.NFD().normalize_str, normalizers.NFKD().normalize_str
nfc, lowercase = normalizers.NFC().normalize_str, normalizers.Lowercase().normalize_str
clean, strip_nonspacing = bert(clean_text=True), bert(strip_accents=True)
space_cjk = bert(handle_chinese_chars=True)
strip_combining = normalizers.StripAccents().normalize_str
split_space = pre_tokenizers.WhitespaceSplit().pre_tokenize_str
drop_punctuation = pre_tokenizers.Punctuation(behavior="removed").pre_tokenize_str
split_digits = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str
split_words = pre_tokenizers.Whitespace().pre_tokenize_str
split_scripts = pre_tokenizers.UnicodeScripts().pre_tokenize_str


def drop_matches(pattern):
    return pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str


drop_letters, drop_numbers, drop_spaces = drop_matches(r"\p{L}"), drop_matches(r"\p{N}"), drop_matches(r"\s")


def read_properties():
    """Returns (property words, canonical, compatibility and lowercase mappings)."""
    words, canonical, compatibility, lower = [0] * 0x110000, {}, {}, {}
    for code in CODE_POINTS:
        c = chr(code)
        word = 0
        word |= WHITESPACE * (split_space(c) == [])
        word |= PUNCTUATION * (drop_punctuation(c) == [])
        word |= OTHER * (clean(c) == "")
        word |= NONSPACING_MARK * (strip_nonspacing(c) == "")
        word |= NUMERIC * (len(split_digits("a" + c)) == 2)
        word |= WORD * (split_words("_" + c)[0][0] == "_" + c)
        word |= COMBINING_MARK * (strip_combining(c) == "")
        word |= IS_CJK * (space_cjk(c) == f" {c} ")
        word |= REGEX_LETTER * (drop_letters(c) == [])
        word |= REGEX_NUMBER * (drop_numbers(c) == [])
        word |= REGEX_SPACE * (drop_spaces(c) == [])
        if nfd(c) != c and code not in HANGUL:
            canonical[code] = nfd(c)
            word |= HAS_CANONICAL
        if nfkd(c) != nfd(c):
            compatibility[code] = nfkd(c)
            word |= HAS_COMPATIBILITY
        if lowercase(c) != c:
            lower[code] = lowercase(c)
            word |= HAS_LOWERCASE
        words[code] = word
    return words, canonical, compatibility, lower


def read_combining_classes(canonical):
    """Finds each code point's class from how NFD orders it against one known mark of every class."""
    swaps = lambda a, b: nfd("a" + a + b) == "a" + b + a and a != b
    lowest, highest = "\u0334", "\u0345"  # classes 1 and 240
    marks = [
        chr(c)
        for c in CODE_POINTS
        if c not in canonical and (swaps(chr(c), lowest) or swaps(highest, chr(c)) or chr(c) in lowest + highest)
    ]
    representative = {}
    for mark in marks:
        representative.setdefault(unicodedata.combining(mark), mark)
    classes = [0] * 0x110000
    for mark in marks:
        same = [k for k, r in representative.items() if not swaps(mark, r) and not swaps(r, mark)]
        assert len(same) == 1 and same[0] != 0, (hex(ord(mark)), same)
        classes[ord(mark)] = same[0]
    return classes


def read_compositions(canonical):
    pairs = {}
    for code, decomposed in canonical.items():
        if len(decomposed) < 2 or nfc(chr(code)) != chr(code):
            continue
        first, second = nfc(decomposed[:-1]), decomposed[-1]
        assert len(first) == 1 and nfc(first + second) == chr(code), hex(code)
        pairs[(ord(first), ord(second))] = code
    return pairs


def read_scripts():
    """Numbers the scripts: 0 is any script, which alone makes no word; two of one script make one word."""
    scripts, members = [0] * 0x110000, []  # members: a character of each script
    last = 0
    for code in CODE_POINTS:
        c = chr(code)
        if split_scripts(c) == []:
            continue
        same = lambda script: len(split_scripts(members[script - 1] + c)) == 1
        if last == 0 or not same(last):
            last = next((script for script in range(1, len(members) + 1) if same(script)), 0)
            if last == 0:
                members.append(c)
                last = len(members)
        scripts[code] = last
    assert len(members) < 256
    return scripts


def two_stage(values):
    blocks, index = {}, []
    for start in range(0, len(values), BLOCK):
        block = tuple(values[start : start + BLOCK])
        index.append(blocks.setdefault(block, len(blocks)))
    assert len(blocks) <= 256
    return index, [value for block in blocks for value in block]


def wrap(items):
    lines, line = [], ""
    for item in items:
        if len(line) + len(item) + 1 > 110:
            lines.append(line)
            line = ""
        line += item + ","
    return "\n".join(lines + [line])


def array(kind, name, items):
    return f"constexpr {kind} {name}[] = {{\n{wrap(items)}\n}};\n"


def mapping(name, entries):
    """Sorted keys, each code point * 32 + length of its mapping, and the mappings one after another."""
    assert max(map(len, entries.values())) < 32
    keys = [str(code * 32 + len(entries[code])) for code in sorted(entries)]
    pool = [str(ord(c)) for code in sorted(entries) for c in entries[code]]
    return array("std::uint32_t", f"k{name}Keys", keys) + array("char32_t", f"k{name}Pool", pool)


def main():
    assert tokenizers.__version__ == VERSION, f"expected tokenizers {VERSION}, got {tokenizers.__version__}"
    words, canonical, compatibility, lower = read_properties()
    classes = read_combining_classes(canonical)
    pairs = read_compositions(canonical)
    index, blocks = two_stage(words)
    class_index, class_blocks = two_stage(classes)
    script_index, script_blocks = two_stage(read_scripts())
    text = (
        f"// Written by scripts/unicode/generate_tables.py from tokenizers {VERSION}; do not edit.\n"
        "// clang-format off\n"
        + array("std::uint8_t", "kPropertyIndex", map(str, index))
        + array("std::uint16_t", "kPropertyBlocks", map(str, blocks))
        + array("std::uint8_t", "kClassIndex", map(str, class_index))
        + array("std::uint8_t", "kClassBlocks", map(str, class_blocks))
        + array("std::uint8_t", "kScriptIndex", map(str, script_index))
        + array("std::uint8_t", "kScriptBlocks", map(str, script_blocks))
        + mapping("Canonical", canonical)
        + mapping("Compatibility", compatibility)
        + mapping("Lowercase", lower)
        + array("Composition", "kCompositions", (f"{{{a},{b},{c}}}" for (a, b), c in sorted(pairs.items())))
        + "// clang-format on\n"
    )
    OUTPUT.write_text(text)
    print(f"{OUTPUT.name}: {len(text)} bytes, {len(canonical)} canonical, {len(compatibility)} compatibility, "
          f"{len(lower)} lowercase mappings, {len(pairs)} compositions, {sum(map(bool, classes))} marks")


if __name__ == "__main__":
    main()
