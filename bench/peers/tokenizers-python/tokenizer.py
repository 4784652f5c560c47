"""The official library, in its variant without offsets. Reading the ids is not timed."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from trial import finish, read_texts, task, timed, warm_up

os.environ["RAYON_NUM_THREADS"] = str(task["threads"])

from tokenizers import Tokenizer

texts = read_texts()
load_seconds, tokenizer, _ = timed(lambda: Tokenizer.from_file(str(Path(task["model"], "tokenizer.json"))))
tokenizer.no_padding()
tokenizer.no_truncation()
tokenizer.encode_batch_fast(warm_up(texts))
seconds, encodings, cpu_seconds = timed(lambda: tokenizer.encode_batch_fast(texts))
np.concatenate([encoding.ids for encoding in encodings]).astype("<i4").tofile(task["out"])
finish(["tokenizers"], seconds=seconds, cpuSeconds=cpu_seconds, loadSeconds=load_seconds)
