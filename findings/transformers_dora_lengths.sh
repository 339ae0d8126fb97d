#!/usr/bin/env bash
# transformers 5.23: from_pretrained of a folder with a DoRA adapter leaves its learned lengths out.
#
# PEFT writes them as lora_magnitude_vector, and adds ".weight" when it loads them. What transformers loads by itself, an
# adapter beside a model or load_adapter, misses that: its report says MISSING and UNEXPECTED, and the lengths stay those
# of the base, so that the model computes something else than it was trained to. Seen with transformers 5.23.0, peft
# 0.21.2 and torch 2.13.0 on Python 3.11.
# What follows: such a folder computes here what PEFT computes, not what transformers makes of it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=${PYTHON_WITH_PEFT:-}
if [[ -z "$python" ]]; then
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 peft==0.21.2
  python="$folder/env/bin/python"
fi

cat > "$folder/lengths.py" <<'PY'
import sys

import peft
import torch
import transformers

folder = f"{sys.argv[1]}/model"
sizes = {"vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
given = {"input_ids": torch.tensor([[2, 5, 3, 7, 3]])}


def differs(dora):
    torch.manual_seed(0)
    model = transformers.BertForSequenceClassification(transformers.BertConfig(initializer_range=0.5, **sizes)).eval()
    model.save_pretrained(folder)
    config = peft.LoraConfig(task_type="SEQ_CLS", target_modules=["value"], use_dora=dora)
    adapted = peft.get_peft_model(model, config).eval()
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.add_(torch.randn_like(parameter))
        adapted.save_pretrained(folder)
        loaded = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
        return bool((loaded(**given).logits - adapted(**given).logits).abs().max() > 1e-4)


print(differs(False), differs(True))
PY
said=$("$python" "$folder/lengths.py" "$folder" 2>/dev/null)
echo "transformers computes something else than PEFT, of LoRA and of DoRA: $said"
[[ "$said" == "False True" ]] || { echo "changed"; exit 1; }
echo "as described"
