#!/usr/bin/env bash
# peft 0.21: PeftModelForQuestionAnswering takes token_type_ids and does not hand them on to the model.
#
# A BERT that answers questions tells question and context apart by their segments. Under an adapter with the task type
# QUESTION_ANS it sees the first segment alone, in training and in prediction, without a word; the class for SEQ_CLS and
# the one without a task type hand them on. An adapter that was trained so and is then merged (merge_and_unload) answers
# otherwise, for the merged model gets the segments that its adapter never saw. Seen with peft 0.21.2, transformers
# 5.23.0 and torch 2.13.0 on Python 3.11.
# What follows: such an adapter is loaded here with one segment for all tokens, and says so; readers are written for PEFT
# without a task type.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=${PYTHON_WITH_PEFT:-}
if [[ -z "$python" ]]; then
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 peft==0.21.2
  python="$folder/env/bin/python"
fi

cat > "$folder/segments.py" <<'PY'
import peft
import torch
import transformers

sizes = {"vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
given = {"input_ids": torch.tensor([[2, 5, 3, 7, 3]]), "attention_mask": torch.ones(1, 5, dtype=torch.long)}


def moves(task_type, kind):
    torch.manual_seed(0)
    model = kind(transformers.BertConfig(initializer_range=0.5, **sizes)).eval()
    config = peft.LoraConfig(task_type=task_type, target_modules=["query"])
    adapted = peft.get_peft_model(model, config).eval()
    with torch.no_grad():
        one, two = (adapted(token_type_ids=torch.tensor([ids]), **given)[0] for ids in ([0] * 5, [0, 0, 0, 1, 1]))
    return bool((one - two).abs().max() > 1e-3)


print(moves("QUESTION_ANS", transformers.BertForQuestionAnswering))
print(moves(None, transformers.BertForQuestionAnswering))
print(moves("SEQ_CLS", transformers.BertForSequenceClassification))
PY
said=$("$python" "$folder/segments.py" 2>/dev/null | tr '\n' ' ')
echo "segments change the outputs with QUESTION_ANS, without a task type, with SEQ_CLS: $said"
[[ "$said" == "False True True " ]] || { echo "changed"; exit 1; }
echo "as described"
