"""`transformers` behind FastAPI and uvicorn, as people serve a classifier, on TF Serving's path for the same load.

    .venv-peers/bin/python benchmarks/serving/peers/fastapi_transformers.py FOLDER --precision bfloat16 --port 8601

FOLDER is one of `transformers`, such as `bert_keras.checkpoints.save_hugging_face` writes.
"""

import argparse

import fastapi
import pydantic
import torch
import transformers
import uvicorn


class Row(pydantic.BaseModel):
    """A row of a request."""

    text: str


class Rows(pydantic.BaseModel):
    """A request."""

    instances: list[Row]


def application(folder: str, precision: str) -> fastapi.FastAPI:
    """Returns the application.

    Args:
        folder: The folder of the model.
        precision: "bfloat16" or "float32".
    """
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=getattr(torch, precision))
    model.eval()
    names = [model.config.id2label[place] for place in range(model.config.num_labels)]
    served = fastapi.FastAPI()

    # Not `async`: FastAPI then runs it in a thread, and the event loop goes on.
    @served.post("/v1/models/{name}:predict")
    def predict(name: str, rows: Rows) -> dict[str, list[dict[str, object]]]:
        texts = [row.text for row in rows.instances]
        inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            probabilities = torch.softmax(model(**inputs).logits.float(), dim=-1)
        return {"predictions": [_answer(row, names) for row in probabilities.tolist()]}

    return served


def _answer(probabilities: list[float], names: list[str]) -> dict[str, object]:
    best = max(range(len(names)), key=probabilities.__getitem__)
    return {
        "label": names[best],
        "probability": probabilities[best],
        "labels": names,
        "probabilities": probabilities,
    }


def main() -> None:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--precision", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--threads", type=int, help="of PyTorch, default one for each core")
    parser.add_argument("--port", type=int, default=8601)
    flags = parser.parse_args()
    if flags.threads:
        torch.set_num_threads(flags.threads)
    uvicorn.run(
        application(flags.folder, flags.precision),
        host="127.0.0.1",
        port=flags.port,
        access_log=False,
        log_level="error",
    )


if __name__ == "__main__":
    main()
