#!/usr/bin/env bash
# tokenizers 0.23.3: of two added tokens that are one when normalized, a text gets either, another one in another run.
#
# Added tokens are searched for in normalized text unless they say otherwise. With a lower-casing normalizer "[New]" and
# "[NEW]" are both looked for as "[new]". Both keep their ids and are listed as added; which of them a text is given is
# decided anew each time the file is loaded, so two workers of one service can feed a model different ids.
# Seen with tokenizers 0.23.3 on Python 3.11, in 60 loads of one tokenizer.json.
# What follows: a reader of such files refuses two added tokens of one normal form, and asks for normalized=False.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3

cat > "$folder/count.py" <<'PY'
from collections import Counter

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

made = Tokenizer(models.WordPiece({"[UNK]": 0, "word": 1}, unk_token="[UNK]"))
made.normalizer = normalizers.Lowercase()
made.pre_tokenizer = pre_tokenizers.Whitespace()
made.add_tokens(["[New]", "[NEW]"])
stored = made.to_str()
found = Counter(Tokenizer.from_str(stored).encode("word [new]").ids[1] for _ in range(60))
print(dict(found))
print(len(found))
PY
counted=$("$folder/env/bin/python" "$folder/count.py")
echo "$counted"
[[ "${counted##*$'\n'}" == 2 ]] || { echo "changed: always the same token"; exit 1; }
echo "as described"
