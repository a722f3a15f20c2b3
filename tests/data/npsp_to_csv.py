#!/usr/bin/env python3
"""Writes every table of an SQL dump as a CSV file: npsp_to_csv.py DUMP.sql OUT_DIR

The dump is loaded into a fresh SQLite database in memory; each table becomes OUT_DIR/<table>.csv with a header
line, rows in the order of the dump, UTF-8, RFC 4180 quoting, NULL as the empty field.
"""

import csv
import pathlib
import sqlite3
import sys


def main(dump: str, out: str) -> None:
    """Loads `dump` and writes its tables below `out`."""
    database = sqlite3.connect(":memory:")
    database.executescript(pathlib.Path(dump).read_text(encoding="utf-8"))
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (table,) in tables.fetchall():
        rows = database.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
        with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([column[0] for column in rows.description])
            writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
