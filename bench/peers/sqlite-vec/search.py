"""sqlite-vec: exact search in a table in memory, one query a statement. It has no inner product; over vectors of norm 1 its
distance L2 gives the same order. The module sqlite3 of many Pythons loads no extensions, so SQLite comes by apsw.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import apsw
import numpy as np
import sqlite_vec
from search_trial import run
from trial import task

SOME = 50


def build(base: np.ndarray) -> apsw.Connection:
    database = apsw.Connection(":memory:")
    database.enable_load_extension(True)
    database.load_extension(sqlite_vec.loadable_path())
    database.execute(f"create virtual table vectors using vec0(embedding float[{task['dimension']}])")
    with database:
        database.executemany(
            "insert into vectors(rowid, embedding) values (?, ?)",
            ((row, vector.tobytes()) for row, vector in enumerate(base)),
        )
    return database


def search(database: apsw.Connection, queries: np.ndarray, parameters: dict) -> np.ndarray:
    statement = "select rowid from vectors where embedding match ? and k = ? order by distance"
    return np.array(
        [[row for row, in database.execute(statement, (query.tobytes(), task["k"]))] for query in queries]
    )


run(["sqlite-vec", "apsw", "numpy"], build, search, some=SOME)
