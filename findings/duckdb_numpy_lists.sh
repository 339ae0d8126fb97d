#!/usr/bin/env bash
# DuckDB 1.4 and NumPy 2: a list of one string and an array of two numbers are the same text in a csv, `[1 2]`.
#
# DuckDB puts quote marks around an item of a list where a character such as a comma makes it necessary; a blank does
# not. NumPy separates numbers by blanks. So `[1 2]` is one label called "1 2" of the one and the labels 1 and
# 2 of the other, and nothing in the field tells which; DuckDB reads either as a list of one string. Seen with duckdb
# 1.4.1 and numpy 2.3.5 on Python 3.11.
# What follows: lists of numbers in a csv are read as NumPy prints them, the documentation says so, and Parquet or JSON
# lines are what to write.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check duckdb==1.4.1 numpy==2.3.5
cd "$folder"

cat > write.py <<'PY'
import csv

import duckdb
import numpy

duckdb.sql("copy (select ['1 2'] as labels) to 'duckdb.csv' (header)")
with open("numpy.csv", "w", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows([["labels"], [numpy.array([1, 2])]])
print(duckdb.sql("select cast(labels as varchar[]) from read_csv('numpy.csv', all_varchar=true, delim=';')").fetchone()[0])
PY
read_back=$(env/bin/python write.py)
echo "duckdb: $(tail -1 duckdb.csv)   numpy: $(tail -1 numpy.csv)   numpy's, read by duckdb: $read_back"
cmp -s duckdb.csv numpy.csv || { echo "changed: they differ"; exit 1; }
[[ "$read_back" == "['1 2']" ]] || { echo "changed: duckdb reads it otherwise"; exit 1; }
echo "as described"
