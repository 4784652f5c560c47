"""Clustered random vectors of norm 1 with a fixed seed, as fp32 files; on the GPU where torch finds one, else by NumPy.

python bench/gpu/make_vectors.py <folder> <count> <queries> <dimension>
"""

import sys
from pathlib import Path

import numpy as np

CLUSTERS = 4096
SPREAD = 0.6  # of a vector around its centre, which has norm 1
CHUNK = 131072


def generator(dimension: int):
    """Returns a function that makes that many vectors."""
    try:
        import torch

        if torch.cuda.is_available():
            return on_gpu(torch, dimension)
    except ImportError:
        pass
    return on_cpu(dimension)


def on_gpu(torch, dimension: int):
    random = torch.Generator("cuda").manual_seed(1)

    def normal(rows):
        return torch.randn(rows, dimension, device="cuda", generator=random)

    def unit(x):
        return x / x.norm(dim=1, keepdim=True)

    centres = unit(normal(CLUSTERS))

    def make(rows):
        chosen = torch.randint(CLUSTERS, (rows,), device="cuda", generator=random)
        return unit(centres[chosen] + SPREAD * dimension**-0.5 * normal(rows)).cpu().numpy()

    return make


def on_cpu(dimension: int):
    random = np.random.default_rng(1)

    def normal(rows):
        return random.standard_normal((rows, dimension), dtype="f4")

    def unit(x):
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    centres = unit(normal(CLUSTERS))

    def make(rows):
        chosen = random.integers(CLUSTERS, size=rows)
        return unit(centres[chosen] + np.float32(SPREAD * dimension**-0.5) * normal(rows))

    return make


def main(folder: Path, count: int, queries: int, dimension: int) -> None:
    make = generator(dimension)
    for name, rows in (("queries", queries), ("base", count)):
        work = folder / f"{name}.part"
        with work.open("wb") as file:
            for begin in range(0, rows, CHUNK):
                file.write(np.ascontiguousarray(make(min(CHUNK, rows - begin)), "<f4").data)
        work.rename(folder / f"{name}-{rows}-{dimension}.f32")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
