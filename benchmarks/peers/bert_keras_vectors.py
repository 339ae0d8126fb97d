"""Worker of this project for vectors, of `TextEncoder.encode` or of an export."""

from collections.abc import Sequence
from pathlib import Path

from peers.protocol import Requests
from peers.vectors import Encode, parser_of, serve

from bert_keras.runtime.tensorflow_import import import_tensorflow


def main() -> None:
    """Loads the model, and answers requests."""
    parser = parser_of(__doc__)
    parser.add_argument("--way", required=True, choices=("encode", "export"))
    parser.add_argument("--folder", required=True, type=Path, help="where the export is written")
    flags = parser.parse_args()
    requests = Requests()
    import_tensorflow()
    from bert_keras import TextEncoder, serving
    from bert_keras.training.precision import choose_precision

    def prepare(texts: list[str], sizes: Sequence[int]) -> tuple[str, Encode]:
        if flags.way == "encode":
            precision = choose_precision("auto")
            return precision.why, TextEncoder.from_preset(str(flags.model), dtype=precision.policy).encode
        encoder = TextEncoder.from_preset(str(flags.model), dtype="float32")
        precision, _ = serving.faster_precision(encoder)
        version = serving.export(encoder, flags.folder / "encoder", precision=precision, signatures=("strings",))
        return precision, serving.SavedEncoder(version).encode

    serve(requests, flags.table, prepare)


if __name__ == "__main__":
    main()
