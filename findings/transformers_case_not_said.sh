#!/usr/bin/env bash
# transformers 5.23.0: BertTokenizer ignores the normalizer of tokenizer.json, and lower-cases unless told otherwise.
#
# For the class BertTokenizer the vocabulary is read from tokenizer.json, but its normalizer is made anew from
# do_lower_case, strip_accents and tokenize_chinese_chars of tokenizer_config.json. Where that file says nothing, a
# cased model is fed lower-cased text: here "Paris" loses its own token, though tokenizer.json says `lowercase: false`.
# The same tokenizer.json under the class PreTrainedTokenizerFast keeps the case. Nothing is said either way.
# Seen with transformers 5.23.0 and tokenizers 0.23.3 on Python 3.11.
# What follows: whoever reads such a folder needs both files and the class; tokenizer.json alone gives other ids.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3

cat > "$folder/read.py" <<'PY'
import json
import pathlib
import sys

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Paris", "paris"]
words = Tokenizer(models.WordPiece({token: n for n, token in enumerate(tokens)}, unk_token="[UNK]"))
words.normalizer = normalizers.BertNormalizer(lowercase=False)
words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
folder = pathlib.Path(sys.argv[1])
words.save(str(folder / "tokenizer.json"))
(folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
marks = {"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]", "pad_token": "[PAD]"}
for name in ("BertTokenizer", "PreTrainedTokenizerFast"):
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name, **marks}))
    print(name, AutoTokenizer.from_pretrained(folder).tokenize("Paris"))
PY
mkdir "$folder/model"
read=$("$folder/env/bin/python" "$folder/read.py" "$folder/model" 2>/dev/null)
echo "$read"

wanted="BertTokenizer ['paris']
PreTrainedTokenizerFast ['Paris']"
[[ "$read" == "$wanted" ]] || { echo "changed: other tokens"; exit 1; }
echo "as described"
