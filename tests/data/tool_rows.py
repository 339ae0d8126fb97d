"""Rows that tools write in all their ways: quote marks, commas, line ends, tabs, backslashes, blanks and nothing."""

ROWS: list[tuple[str | None, str | None]] = [
    ("a plain remark", "good"),
    ('She asked "why", and waited', "bad"),
    ("first line\nsecond line", "good"),
    ('mark " comma , break\nend', "bad"),
    ('a 27" monitor', "good"),
    ('"Superb"', "bad"),
    ("D:\\tools\\new", "good"),
    ("D:\\tools, E:\\raw", "bad"),
    ("closes with a backslash, indeed\\", "good"),
    ('back\\slash and "quote"', "bad"),
    ("  blanks at both ends  ", "good"),
    ("tab\tbetween", "bad"),
    ("Zoë, déjà vu 語", "good"),
    ("carriage\rreturn", "bad"),
    ("windows\r\nend", "good"),
    ("", "bad"),
    (None, "good"),
    ("without a label", None),
    ("with an empty label", ""),
    ("#number sign first", "good"),
    ('ends in a mark "', "bad"),
]
"""Texts and labels; two texts and two labels are missing or empty."""
USED = [(text, label) for text, label in ROWS if text and label]
"""The rows that are left."""
LEFT_OUT = {"empty text": 2, "empty label": 2}
"""What is counted of the others."""
