import io

import pytest

from bert_keras.errors import DataError
from pipelines.inputs.rows import chunks_of_stream


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_stream_of_two_bytes_a_character_is_refused(encoding: str) -> None:
    with pytest.raises(DataError, match="standard input, line 1: UTF-16"):
        list(chunks_of_stream(io.BytesIO("the film\n".encode(encoding))))
    assert list(chunks_of_stream(io.BytesIO(b"the \0film\n"))) == [["the \0film"]]
