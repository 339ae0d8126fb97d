"""Worker of OpenVINO in bfloat16 for vectors, with the texts sorted by length."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.openvino_prediction import inputs_of, ov
from peers.prediction import batches_by_length
from peers.protocol import Requests
from peers.token_rows import TokenRows, tokenizer_of
from peers.vectors import Encode, fastest, parser_of, serve
from transformers import AutoModel

_HINTS = ("THROUGHPUT", "LATENCY")
_LONGEST = 256  # tokens, as the folder of the default weights says


class _Encoder(torch.nn.Module):
    """A BERT, the mean of its tokens, and length 1, as all-MiniLM-L6-v2 has it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.bert = AutoModel.from_pretrained(folder, attn_implementation="sdpa").eval()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Returns vectors `[rows, dimension]` from token ids and mask `[rows, tokens]`."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def main() -> None:
    """Converts the model, and answers requests."""
    flags = parser_of(__doc__).parse_args()
    requests = Requests()
    example = {name: torch.ones([2, 8], dtype=torch.int64) for name in ("input_ids", "attention_mask")}
    model = ov.convert_model(_Encoder(flags.model).eval(), example_input=example)
    tokenizer = tokenizer_of(flags.model, _LONGEST)

    def prepare(texts: list[str], sizes: Sequence[int]) -> tuple[str, Encode]:
        ways = {}
        for hint in _HINTS:
            settings = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": hint}
            compiled = ov.Core().compile_model(model, "CPU", settings)
            ways |= {f"batches of {size}, {hint.lower()}": _way(compiled, tokenizer, size) for size in sizes}
        best = fastest(ways, texts)
        return best, ways[best]

    serve(requests, flags.table, prepare)


def _way(compiled: Any, tokenizer: Any, size: int) -> Encode:
    def encode(texts: list[str]) -> np.ndarray:
        rows = TokenRows.of(texts, tokenizer)
        vectors = np.empty([len(texts), compiled.output(0).partial_shape[1].get_length()], np.float32)
        queue = ov.AsyncInferQueue(compiled)
        queue.set_callback(lambda request, some: vectors.__setitem__(some, request.get_output_tensor(0).data))
        for some in batches_by_length(rows.lengths, size):
            queue.start_async(inputs_of(rows, some), some)
        queue.wait_all()
        return vectors

    return encode


if __name__ == "__main__":
    main()
