"""Worker of sentence-transformers on PyTorch for vectors."""

from collections.abc import Sequence

import numpy as np
import torch
from peers.protocol import Requests
from peers.vectors import Encode, fastest, parser_of, serve
from sentence_transformers import SentenceTransformer


def main() -> None:
    """Loads the model, and answers requests."""
    parser = parser_of(__doc__)
    parser.add_argument("--precision", required=True, choices=("float32", "bfloat16"))
    flags = parser.parse_args()
    requests = Requests()
    model = SentenceTransformer(str(flags.model), device="cpu")
    if flags.precision == "bfloat16":
        model = model.to(torch.bfloat16)

    def way(size: int) -> Encode:
        def encode(texts: list[str]) -> np.ndarray:
            return model.encode(texts, batch_size=size, convert_to_tensor=True).float().numpy()

        return encode

    def prepare(texts: list[str], sizes: Sequence[int]) -> tuple[str, Encode]:
        best = fastest({str(size): way(size) for size in sizes}, texts)
        return f"batches of {best}", way(int(best))

    serve(requests, flags.table, prepare)


if __name__ == "__main__":
    main()
