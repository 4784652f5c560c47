"""sentence-transformers with one text a call: embed.py has what it answers to."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).with_name("embed.py")))
