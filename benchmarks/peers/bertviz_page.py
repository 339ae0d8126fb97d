"""Worker of BertViz for the attention of a random BERT-base: an HTML page."""

import time
from pathlib import Path
from typing import Any

import torch
from bertviz import head_view
from peers.protocol import Requests
from transformers import BertConfig, BertModel

_FOREIGN = {
    "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js": "require.js",
    "https://cdnjs.cloudflare.com/ajax/libs/d3/5.7.0/d3.min": "d3.min",
    "https://cdnjs.cloudflare.com/ajax/libs/jquery/2.0.0/jquery.min": "jquery.min",
}


def main() -> None:
    """Makes a model, and answers requests."""
    torch.manual_seed(0)
    # The other implementations of attention do not return its weights.
    model = BertModel(BertConfig(attn_implementation="eager")).eval()

    def write(tokens: int, folder: str) -> dict[str, Any]:
        """Writes the page of a row of random tokens; returns seconds and size."""
        begun = time.perf_counter()
        ids = torch.randint(999, 30000, (1, tokens), generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            attention = model(input_ids=ids, output_attentions=True).attentions
        computed = time.perf_counter()
        page = head_view(attention, [f"t{number}" for number in ids[0].tolist()], html_action="return").data
        path = Path(folder, "page.html")
        path.write_text(page, encoding="utf-8")
        written = time.perf_counter()
        octets = path.stat().st_size
        # What the page loads from the network lies beside it, so that drawing alone is measured.
        for address, file in _FOREIGN.items():
            page = page.replace(address, file)
        path.write_text("<!DOCTYPE html><meta charset=utf-8>" + page, encoding="utf-8")
        return {"forward": computed - begun, "write": written - computed, "octets": octets}

    Requests().serve({"write": write})


if __name__ == "__main__":
    main()
