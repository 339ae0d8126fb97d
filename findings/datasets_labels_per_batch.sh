#!/usr/bin/env bash
# datasets 5.0.0: to_csv writes the same label as 0 in one part of a file and as 0.0 in another, if a label is missing.
#
# Rows are converted to pandas in batches of 1,000. In a batch with a missing label the column becomes one of floats, in
# the others it stays one of integers, and csv has no type that would tell. Whoever reads labels as strings gets four
# classes from two, and no error. Seen with datasets 5.0.0, pandas 2.3.3 on Python 3.11.
# What follows: whole numbers are one label with and without a fraction of zeros, whatever the rest of the column is.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check datasets==5.0.0 pandas==2.3.3
cd "$folder"

cat > write.py <<'PY'
from datasets import ClassLabel, Dataset, Features, Value

labels = [row % 2 for row in range(2500)]
labels[1500] = None
features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
rows = Dataset.from_dict({"text": [f"row {row}" for row in range(2500)], "label": labels}, features=features)
rows.to_csv("rows.csv")
PY
HF_HOME="$folder" env/bin/python write.py > log 2>&1 || { cat log; exit 1; }

spellings=$(tail -n +2 rows.csv | cut -d, -f2 | sort | uniq -c | awk '{print $2 ":" $1}' | tr '\n' ' ')
echo "labels and their rows: $spellings"
for label in 0 1 0.0 1.0; do
    case " $spellings" in *" $label:"*) ;; *) echo "no label $label any more"; exit 1 ;; esac
done
