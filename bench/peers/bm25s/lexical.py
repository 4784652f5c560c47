"""bm25s with its default back end, numpy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bm25s_trial import run

run("numpy", ["bm25s", "numpy"])
