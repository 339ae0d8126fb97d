#!/usr/bin/env bash
# tokenizers 0.23: a WordPiece vocabulary that is learned twice from the same texts is another one each time.
#
# The pieces that continue a word ("##a") get their ids in the order in which a hash map with a random seed gives the
# words. Among equally frequent pairs the one with the smaller ids is joined first, so that also the longer pieces
# differ: their ids, and near the end of the vocabulary which ones there are. A training that is started again, or on
# several machines, then has another vocabulary, and weights that belong to other tokens, without an error. Setting a seed
# or one thread changes nothing. Seen with tokenizers 0.23.3 on Python 3.11.
# What follows: the characters and their continuations are named as special tokens, sorted, which fixes their ids and with
# them all others. bert_keras.text.learn_vocabulary joins pairs itself, in this order, and is compared with this trainer.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3
cd "$folder"

cat > learn.py <<'PY'
import os

os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

texts = [f"{first}{middle}{last}" for first in "bcdfghk" for middle in "aeiou" for last in ("mn", "st", "rl", "pt")] * 2
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def learned(named):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordPieceTrainer(vocab_size=90, special_tokens=named, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    ids = tokenizer.get_vocab()
    return tuple(sorted(ids, key=ids.get))


runs = {learned(MARKS) for _ in range(5)}
letters = sorted({*"".join(texts)})
fixed = {learned([*MARKS, *letters, *(f"##{letter}" for letter in letters)]) for _ in range(5)}
print("several" if len(runs) > 1 else "one", "several" if len({frozenset(run) for run in runs}) > 1 else "one", len(fixed))
PY
said=$(env/bin/python learn.py)
echo "vocabularies of five runs, as lists and as sets, and with the first pieces named: $said"
[[ "$said" == "several several 1" ]] || { echo "changed"; exit 1; }
echo "as described"
