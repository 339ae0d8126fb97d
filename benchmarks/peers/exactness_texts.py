"""The texts that both sides of the comparison of model folders answer.

None holds a special token of BERT: in transformers a typed `[SEP]` is the token, here it is text.
"""

MARKERS = ["[E1]", "[/E1]", "<user>"]
TEXTS = [
    "The room smelled of café naïve ﬁne ½ tea.",
    "wait...(really)?!",
    "internationalization of \u200bzero-width",
    "東京タワーは高いです。",
    "plain words only",
    "[E1] Anna [/E1] met <user>",
    "glued[E1]Anna[/E1]s ÀÉÎ e\u0301 I\u0307stanbul ΣΑΣ",
]
PAIRS = ["second text", "[E1] there", "", "ideographs 高い", "x", "y", "z"]
LONG = "word " * 90
