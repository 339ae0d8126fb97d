import pytest

from bert_keras.data.questions.clusters import cluster_starts


@pytest.mark.parametrize(
    "clusters",
    [
        [],
        ["a", "b", "é", "語", " "],
        ["e\u0301", "a", "\r\n", "\r", "a", "\n", "\n"],
        ["👩\u200d🚀", "👍🏽", "❤\ufe0f", "👨\u200d👩\u200d👧\u200d👦", "😀", "😀"],
        ["🇩🇪", "🇫🇷", "🇩", "a", "🇫🇷"],
        ["\u1112\u1161\u11ab", "\u1100\u1161", "한", "글", "\uac00\u11a8"],
        ["न", "म", "स\u094d", "ते"],
        ["ก\u0e33", "ก\u0e35\u0e48"],
        ["\n", "\u0301", "a\u200d", "b"],
        ["☎\ufe0f", "1\ufe0f\u20e3", "🏴\U000e0067\U000e0062\U000e007f", "."],
    ],
    ids=ascii,
)
def test_clusters_are_what_a_reader_takes_for_a_character(clusters: list[str]) -> None:
    text = "".join(clusters)
    starts = list(cluster_starts(text))
    assert [text[begin:end] for begin, end in zip(starts, starts[1:], strict=False)] == clusters
    assert starts[-1] == len(text)
