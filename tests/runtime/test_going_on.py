import errno

import pytest

from bert_keras.runtime.going_on import cause_of, going_on


def test_a_failure_becomes_one_line_of_warning(caplog: pytest.LogCaptureFixture) -> None:
    with going_on("the page report.html"):
        raise ValueError("two\nlines")
    assert [record.getMessage() for record in caplog.records] == [
        "the page report.html: failed and left out, the run goes on (ValueError: two lines)"
    ]


def test_a_success_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with going_on("a picture"):
        done = True
    assert done and not caplog.records


@pytest.mark.parametrize("request_to_end", [KeyboardInterrupt, SystemExit])
def test_requests_to_end_pass(request_to_end: type[BaseException]) -> None:
    with pytest.raises(request_to_end), going_on("a picture"):
        raise request_to_end


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "runs/x/report.html"), None),
        (MemoryError(), "MemoryError"),
        (RuntimeError("x" * 1000), f"RuntimeError: {'x' * 299}…"),
    ],
)
def test_a_cause_is_the_kind_and_the_message(error: Exception, cause: str | None) -> None:
    assert cause_of(error) == (cause or "OSError: No space left on device, runs/x/report.html")
