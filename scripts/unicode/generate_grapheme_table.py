#!/usr/bin/env python3
"""Writes native/text/grapheme_table.inc: the classes that grapheme clusters (Unicode Standard Annex 29) are found by.

They are read from the crate that the official `tokenizers` library uses, unicode-segmentation, so that the version of
Unicode is the same. Cargo fetches the crate; nothing of Rust is built.

    python3 scripts/unicode/generate_grapheme_table.py
"""

import pathlib
import re
import subprocess
import tempfile

from generate_tables import array, two_stage

VERSION = "1.13.3"  # bindings/python/Cargo.lock of tokenizers 0.23.3
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "native" / "text" / "grapheme_table.inc"
MANIFEST = f"""
[package]
name = "tables"
version = "0.0.0"
[lib]
path = "Cargo.toml"
[dependencies]
unicode-segmentation = "={VERSION}"
"""
# The values of native/text/graphemes.cpp.
CATEGORIES = ["Any", "CR", "Control", "Extend", "Extended_Pictographic", "InCB_Consonant", "L", "LF", "LV", "LVT", "Prepend",
              "Regional_Indicator", "SpacingMark", "T", "V", "ZWJ"]  # fmt: skip
INCB_EXTEND, INCB_LINKER = 0x40, 0x80
CHARACTER = r"'\\u\{([0-9a-fA-F]+)\}'"


def tables_of_crate():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "Cargo.toml").write_text(MANIFEST)
        subprocess.run(["cargo", "vendor", "--quiet", "vendor"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return pathlib.Path(folder, "vendor", "unicode-segmentation", "src", "tables.rs").read_text()


def between(text, start, end):
    begin = text.index(start) + len(start)
    return text[begin : text.index(end, begin)]


def main():
    tables = tables_of_crate()
    values = [0] * 0x110000
    for code in range(0x7F):  # the crate decides about ASCII in code
        values[code] = CATEGORIES.index({0x0A: "LF", 0x0D: "CR"}.get(code, "Any" if code >= 0x20 else "Control"))
    categories = between(tables, "const grapheme_cat_table:", "];")
    for first, last, name in re.findall(rf"\({CHARACTER},\s*{CHARACTER},\s*GC_(\w+)\)", categories):
        for code in range(int(first, 16), int(last, 16) + 1):
            if code >= 0x7F:
                values[code] = CATEGORIES.index(name)
    extends = between(tables, "const InCB_Extend_table:", "];")
    for first, last in re.findall(rf"\({CHARACTER},\s*{CHARACTER}\)", extends):
        for code in range(int(first, 16), int(last, 16) + 1):
            values[code] |= INCB_EXTEND
    for code in re.findall(CHARACTER, between(tables, "fn is_incb_linker", "}\n")):
        values[int(code, 16)] |= INCB_LINKER
    index, blocks = two_stage(values)
    OUTPUT.write_text(
        f"// Written by scripts/unicode/generate_grapheme_table.py from unicode-segmentation {VERSION}; do not edit.\n"
        "// clang-format off\n"
        + array("std::uint8_t", "kGraphemeIndex", map(str, index))
        + array("std::uint8_t", "kGraphemeBlocks", map(str, blocks))
        + "// clang-format on\n"
    )
    print(f"{OUTPUT.name}: {sum(map(bool, values))} code points with a class")


if __name__ == "__main__":
    main()
