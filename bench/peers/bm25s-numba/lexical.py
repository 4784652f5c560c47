"""bm25s with its compiled back end."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bm25s_trial import run

run("numba", ["bm25s", "numba", "numpy"])
