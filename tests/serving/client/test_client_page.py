"""The page on operations shows calls of the client; here they find a server."""

import re
from pathlib import Path

import pytest
from model_stand_ins import ServedModel, rest_stand_in
from test_client_answers import single

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
_BLOCK = re.compile(r'^```python title="needs TF Serving"\n(.*?)^```', re.MULTILINE | re.DOTALL)


def test_the_calls_of_the_page_work(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 2
    found: dict[str, object] = {}
    with rest_stand_in(ServedModel(single)) as address:
        for block in blocks:
            exec(compile(block.replace("http://localhost:8501", address), str(PAGE), "exec"), found)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split() for line in printed] == [["no\x00", "0.800000011920929"], ["no\x00", "0.5"]]
    assert len(found["answers"]) == 1
    assert found["versions"][0].state == "AVAILABLE"
