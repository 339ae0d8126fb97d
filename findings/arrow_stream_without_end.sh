#!/usr/bin/env bash
# pyarrow 26: a stream in a file that stops between two batches is read as whole, with fewer rows and without an error.
#
# The format lets a writer end a stream by closing it, without the end-of-stream marker, so a reader cannot tell such an
# end from a copy that broke off. In a pipe that is as it should be. Hugging Face datasets keeps data sets on disk as
# streams, though, and there a transfer that ended at the edge of a batch of 1,000 rows loses the rest unnoticed. Files of
# the other Arrow format, and Parquet, have a footer, and are refused. Seen with pyarrow 26.0.1 on Python 3.11.
# What follows: the messages of a stream in a file are walked through; where the last batch ends with the file, the
# marker is missing, and the file is refused as cut off. The last bytes alone would not tell: a batch may end in zeros.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
cd "$folder"

cat > read.py <<'PY'
import pyarrow

rows = pyarrow.table({"text": [f"row {row}" for row in range(3000)]})
with open("closed.arrow", "wb") as file:
    writer = pyarrow.ipc.new_stream(file, rows.schema)
    for batch in rows.slice(0, 2000).to_batches(1000):
        writer.write_batch(batch)
    file.flush()
    unmarked = open("closed.arrow", "rb").read()  # two batches, and no marker behind them
    for batch in rows.slice(2000).to_batches(1000):
        writer.write_batch(batch)
    writer.close()
whole = open("closed.arrow", "rb").read()
print(pyarrow.ipc.open_stream(unmarked).read_all().num_rows, pyarrow.ipc.open_stream(whole).read_all().num_rows)
print(whole[-4:].hex(), whole.startswith(unmarked))
PY
said=$(env/bin/python read.py | tr '\n' ' ')
echo "rows without and with the end, the last four bytes, the one begins the other: $said"
[[ "$said" == "2000 3000 00000000 True " ]] || { echo "changed"; exit 1; }
echo "as described"
