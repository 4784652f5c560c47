"""Texts for differential tests of tokenizers: real ones in many scripts, every code point, random Unicode, damaged UTF-8."""

import random
import subprocess

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


def mutated_text(rng, real, pieces):
    """A real text with a few random edits."""
    text = rng.choice(real)
    for _ in range(rng.randint(1, 6)):
        at, kind = rng.randint(0, len(text)), rng.random()
        if kind < 0.25:
            text = text[:at] + rng.choice(pieces) + text[at:]
        elif kind < 0.5:
            text = text[:at] + random_text(rng)[: rng.randint(1, 6)] + text[at:]
        elif kind < 0.65:
            text = text[:at] + text[at + rng.randint(1, 5) :]
        elif kind < 0.8:
            text = text[:at] + rng.choice([str.upper, str.title, str.swapcase])(text[at:])
        else:
            text = text[:at] + rng.choice(" \t\n\r") * rng.randint(1, 4) + text[at:]
    return text


def names():
    """Names and dates in about 200 languages, from Node's Intl."""
    done = subprocess.run(["node", "-e", NAMES_SCRIPT], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split("\n")
