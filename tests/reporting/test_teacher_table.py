import dataclasses

from run_records import run_record

from bert_keras.reporting import model_card, teacher_rows

TEACHER = {
    "preset": "/home/somebody/runs/<b>large",
    "teacher": {
        "layers": 12,
        "parameters": 110_000_000,
        "megabytes": 440.0,
        "rows_per_second": 100.0,
        "metrics": {"dev": {"accuracy": 0.9, "mae": 0.25}},
    },
    "model": {
        "layers": 6,
        "parameters": 66_000_000,
        "megabytes": 264.0,
        "rows_per_second": 190.0,
        "metrics": {"dev": {"accuracy": 0.891, "mae": 0.3}},
    },
}


def test_what_was_kept_and_gained_stands_in_a_row_each() -> None:
    assert teacher_rows({"teacher": TEACHER}) == [
        ("accuracy on dev", "0.9000", "0.8910", "99.0% kept"),
        ("mean absolute error on dev", "0.2500", "0.3000", "+0.0500"),
        ("layers", "12", "6", "50% of it"),
        ("parameters", "110,000,000", "66,000,000", "60% of it"),
        ("size in float32", "440.0 MB", "264.0 MB", "60% of it"),
        ("rows a second", "100", "190", "1.90 times"),
    ]
    assert teacher_rows({}) == []
    nothing = {side: {**of, "megabytes": 0.0} if isinstance(of, dict) else of for side, of in TEACHER.items()}
    assert ("size in float32", "0.0 MB", "0.0 MB", "") in teacher_rows({"teacher": nothing})


def test_a_speed_that_was_not_measured_is_left_out() -> None:
    without = {side: {**of, "rows_per_second": None} if isinstance(of, dict) else of for side, of in TEACHER.items()}
    assert [row[0] for row in teacher_rows({"teacher": without})][-1] == "size in float32"


def test_a_card_names_the_teacher_as_it_is_seen_from_anywhere() -> None:
    record = run_record("single_label", ["a", "b"])
    card = model_card(dataclasses.replace(record, report={**record.report, "teacher": TEACHER}))
    assert "Beside its teacher, `runs/<b>large`" in card
    assert "/home/somebody" not in card
    assert "| accuracy on dev | 0.9000 | 0.8910 | 99.0% kept |" in card
