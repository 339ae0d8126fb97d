"""The calls that check a signature which answers questions about documents."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from bert_keras.serving.check.case import Case, Signature
from bert_keras.serving.check.text_cases import INVALID, batches, malformed, strings

# One to three sentences each, in scripts with and without blanks, from right to left, with marks before, above and
# below letters.
PARAGRAPHS = (
    (
        "Wann fährt die letzte Fähre?",
        "Die „Möwe“ fährt im Sommer stündlich; die letzte Fähre legt um 23:30 Uhr ab. "
        "Größere Gruppen grüßt der Kapitän.",
    ),
    (
        "Où se trouve le phare ?",
        "Le phare, bâti en 1790, s’élève à l’extrémité de la jetée. "
        "On y accède à pied, à marée basse — jamais après l’été.",
    ),
    (
        "Bến phà nằm ở đâu?",
        "Bến phà nằm ở phía bắc của thị trấn, cạnh chợ cá. "
        "Mỗi sáng, những chiếc thuyền nhỏ trở về trước khi trời sáng.",
    ),
    (
        "Кто построил маяк?",
        "Маяк построил инженер Ёлкин в 1828 году. "
        "Его свет виден за двадцать миль; й и ё пишутся здесь раздельно: и\u0306, е\u0308.",
    ),
    (
        "Πότε φεύγει το πλοίο;",
        "Το πλοίο φεύγει στις επτά το πρωί. Ο καπετάνιος λέγεται Οδυσσέας, και η γάτα του, Αργώ.",
    ),
    ("מתי נסגר המוזיאון?", "המוזיאון נסגר בשעה שש בערב. בִּימֵי שִׁשִּׁי הוא נסגר בצהריים, ובשבת אינו נפתח כלל."),
    (
        "أين يقع المرفأ؟",
        "يقع المرفأ عند مصبّ النهر، حيث المياه عميقة. بُنِيَ الرصيف الأوّل عام ١٥٤١، ثمّ وُسِّع بعد ثلاثين سنة.",
    ),
    ("नाव कब चलती है?", "नाव सुबह सात बजे चलती है और शाम को लौटती है। वर्षा ऋतु में क्षेत्र के द्वीपों तक कोई नाव नहीं जाती।"),
    ("เรือออกกี่โมง", "เรือออกจากท่าเวลาเจ็ดโมงเช้าทุกวัน ยกเว้นวันจันทร์ ค่าโดยสารผู้ใหญ่คนละสี่สิบบาท"),
    (
        "灯台はいつ建てられましたか。",
        "灯台は一七九〇年に桃色の砂岩で建てられました。ガ\u309aやか\u3099のような文字も、この町の看板には残っています。",
    ),
    ("渡船几点开？", "渡船每天早上七点开，下午五点返回。冬天风大的时候，𠮷先生的小船就停在港口里。"),
    ("배는 언제 떠나요?", "배는 아침 일곱 시에 떠나요. \u1112\u1161\u11ab글 자모로 쓴 간판도 항구에 있어요."),
    (
        "Which flags does the boat fly? 🚩",
        "It flies 🇨🇭, 🇯🇵 and 🏴\u200d☠️; 👩🏽\u200d✈️ waves 👋🏿. The ﬁn of İstanbul is ½ its size.",
    ),
    (
        "Is it a boat?",
        "It is a b\u0336\u0353o\u0301\u0302\u0303a\u0489t\u20dd, or was one: a\u0301e\u0301i\u0301 \u0301\u0302.",
    ),
)
MEGABYTE = 1_000_000
"""The size in characters of a text that is long but sparse."""


def question_cases(name: str, signature: Signature) -> list[Case]:
    """Returns the calls of a signature on `question` and `context`, as `signature_cases` does."""
    inputs = sorted(signature.inputs)
    answered = batches(name, inputs) + [_case(what, name, rows) for what, rows in _documents().items()]
    unequal = {
        "more questions than contexts": (2, 1),
        "more contexts than questions": (1, 2),
        "contexts without questions": (0, 1),
    }
    refused = [_case(what, name, PARAGRAPHS[:2], *sizes) for what, sizes in unequal.items()]
    return [
        *(replace(case, spans=True) for case in answered),
        *malformed(name, inputs),
        *(replace(case, refused=True) for case in refused),
    ]


def _documents() -> dict[str, Sequence[tuple[str | bytes, str | bytes]]]:
    """Returns questions with their contexts, by the name of the case."""
    question, context = PARAGRAPHS[0]
    long = days(200)
    return {
        "many scripts": PARAGRAPHS,
        "a paragraph": [("When did the boat leave?", long[:1200])],
        "a document of several windows": [("When did the boat leave?", long)],
        "documents of one to many windows": [
            (question, context),
            ("How many came?", long),
            ("Who?", long[:4000]),
            ("", long[-900:]),
        ],
        "paragraphs with blank lines and pages between them": [("When did the boat leave?", _paragraphs(long[:900]))],
        "empty question": [("", context)],
        "empty context": [(question, "")],
        "a question about nothing, and nothing about something": [
            (question, ""),
            ("", context),
            ("", ""),
            (question, " \n\t "),
        ],
        "NUL, invalid UTF-8 and combining marks alone": [
            ("a\x00b?", "The boat\x00 left\x00at seven.\x00"),
            (INVALID, b"The \xff boat \xf0\x9f\x98 left \xed\xa0\x80at \xc0\xaf seven \xe2\x82"),
            ("?", "\u0301\u0302 a\u0301\u0302\u0303 \u0345"),
        ],
        # Mostly blanks: the text is long, but its tokens are few, so that the model does not run for minutes.
        "a context of 1 MB": [("When did the boat leave?", spread(days(150), MEGABYTE))],
    }


def days(count: int) -> str:
    """Returns a sentence per day, all different, so that no two spans of the text are equally good."""
    return " ".join(
        f"On day {day} the boat left at {7 + day % 11}:{day * 7 % 60:02} with {day * day % 97} guests."
        for day in range(count)
    )


def _paragraphs(text: str) -> str:
    """Returns a text of one line after another, with the end of a paragraph in each sentence."""
    ends = itertools.cycle(("\n\n", "\r\n \r\n", "\f", "\n", "\u2029"))
    return "".join(part + next(ends) for part in text.split(" boat "))


def spread(text: str, size: int) -> str:
    """Returns the words of a text, padded with blanks to a size in characters."""
    words = text.split()
    return "".join(word.ljust(size // len(words)) for word in words).ljust(size)


def _case(
    what: str,
    name: str,
    rows: Sequence[tuple[str | bytes, str | bytes]],
    questions: int | None = None,
    contexts: int | None = None,
) -> Case:
    """Returns a request of some rows, or of the first so many of their questions and contexts."""
    question, context = (
        [text if isinstance(text, bytes) else text.encode() for text in column] for column in zip(*rows, strict=True)
    )
    return Case(what, name, {"question": strings(question[:questions]), "context": strings(context[:contexts])})
