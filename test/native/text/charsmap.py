"""Builds the character map of a SentencePiece model (`precompiled_charsmap`) from a few rules, for tests."""

import base64
import struct


def charsmap(rules):
    """rules: { text: what it becomes }. A Darts double-array whose children of a node lie at base XOR byte."""
    results, offsets = b"", {}
    for key, value in rules.items():
        offsets[key.encode()] = len(results)
        results += value.encode() + b"\0"
    units, used = {0: 0}, {0}
    nodes = [(0, b"")]  # (position, what leads there)
    base = 256
    for position, prefix in nodes:
        labels = sorted({key[len(prefix)] for key in offsets if key.startswith(prefix) and len(key) > len(prefix)})
        is_leaf = prefix in offsets
        if not labels and not is_leaf:
            continue
        # Offsets from one node to its children are XORed, too, and at most 2^21.
        while any(base ^ label in used for label in [0, *labels]):
            base += 1
        used.update(base ^ label for label in [0, *labels])
        units[position] |= (position ^ base) << 10 | is_leaf << 8
        if is_leaf:
            units[base] = offsets[prefix] | 1 << 31
        for label in labels:
            units[base ^ label] = label
            nodes.append((base ^ label, prefix + bytes([label])))
    size = (max(units) | 255) + 1
    trie = struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + results).decode()
