"""Measures how soon a typed sentence is shown in the Attention tab: its label, and its words and heads.

    python benchmarks/typing_latency.py --texts DATA/sst2/dev.tsv

TensorBoard holds a model, as after `bert-keras visualize --open`, and a headless Chromium types into its text box, a
word more at a time. Printed are the medians and the 90th percentiles of the time from a change to the label, and to the
frame in which words and heads are drawn; both contain the pause of 120 ms for which the page waits for another key.
"""

import argparse
import logging
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from attention_views import chromium
from rich.console import Console
from rich.table import Table
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait

from bert_keras import TextClassifier
from bert_keras.insight import make_record
from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.inspection import attention
from bert_keras.tensorboard_plugin.loader import AttentionLoader
from pipelines.visualize.live import live

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of what TensorBoard brings along
    from tensorboard import default, program

MOST_MILLISECONDS = 300  # asked for a sentence
PATIENCE = 60  # seconds
# Changes the text, and returns after how many milliseconds the label was told and the look at the text was drawn.
TYPE = """const [text, done] = arguments, root = document.querySelector(".bk-typing");
const box = root.querySelector("[data-name=typed-0]"), told = root.querySelector("[role=status]");
const canvas = document.querySelector("canvas.bk-canvas");
const looks = root.dataset.looks, ready = canvas.dataset.ready;
let said = null;
const begun = performance.now();
const observer = new MutationObserver(() => (said ??= performance.now() - begun));
observer.observe(told, {childList: true, characterData: true, subtree: true});
box.focus();
box.value = text;
box.dispatchEvent(new Event("input", {bubbles: true}));
const wait = () => {
  if (root.dataset.looks === looks || canvas.dataset.ready === ready) return requestAnimationFrame(wait);
  observer.disconnect();
  done([said, performance.now() - begun]);
};
wait();"""


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if a median is above what is asked."""
    flags = parse()
    texts = [line.partition("\t")[0].strip() for line in flags.texts.read_text(encoding="utf-8").splitlines()[1:]]
    texts = [text for text in texts if len(text.split()) >= flags.words][: flags.sentences]
    model = TextClassifier.from_preset(flags.model, labels=["negative", "positive"])
    with tensorboard(model, texts[0]) as address, chromium() as browser:
        open_tab(browser, address)
        type_words(browser, texts[0], flags.words)  # the shapes of a first sentence are not measured
        taken = np.array([one for text in texts for one in type_words(browser, text, flags.words)])
    table = Table("until", "median, ms", "90th percentile, ms", title=f"{len(taken)} changes, {flags.model}")
    for name, times in zip(("label", "words and heads"), taken.T, strict=True):
        table.add_row(name, f"{np.median(times):.0f}", f"{np.quantile(times, 0.9):.0f}")
    Console(width=100).print(table)
    return int((np.median(taken, axis=0) > MOST_MILLISECONDS).any())


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", required=True, type=Path, help="a table with a header, whose first column is typed")
    parser.add_argument("--model", default="minilm_l6_en_uncased", help="a preset, default %(default)s")
    parser.add_argument("--words", type=int, default=20, help="of a sentence that are typed, default %(default)s")
    parser.add_argument("--sentences", type=int, default=10, help="default %(default)s")
    return parser.parse_args()


@contextmanager
def tensorboard(model: TextClassifier, text: str) -> Iterator[str]:
    """Yields the address of a TensorBoard in this process that holds a model and has one text to show."""
    with tempfile.TemporaryDirectory() as folder:
        record = make_record(attention(model, text), name=text, methods=("raw",), masked=False, model_name="model")
        AttentionLog(Path(folder) / "run").write(0, text, record)
        plugins = [plugin for plugin in default.get_plugins() if plugin is not AttentionLoader]
        board = program.TensorBoard(plugins=[*plugins, AttentionLoader(live(model, "model", False))])
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        board.configure(argv=[None, f"--logdir={folder}", "--port=0", "--load_fast=false", "--reload_interval=1"])
        yield board.launch()


def open_tab(browser: Chrome, address: str) -> None:
    """Opens the Attention tab, and waits until its text is drawn."""
    wait = WebDriverWait(browser, PATIENCE)

    def listed(browser: Chrome) -> bool:
        browser.get(f"{address}data/plugin/bert_keras_attention/examples")
        return '"text"' in browser.page_source

    wait.until(listed)
    browser.get(f"{address}data/plugin_entry.html?name=bert_keras_attention")
    drawn = "return document.querySelector('canvas[data-ready]') && document.querySelector('[data-name=typed-0]')"
    wait.until(lambda browser: browser.execute_script(drawn))


def type_words(browser: Chrome, text: str, most: int) -> list[Sequence[float]]:
    """Types a text from half of its words to all, a word more at a time; returns the milliseconds of each change."""
    words = text.split()[:most]
    return [browser.execute_async_script(TYPE, " ".join(words[:count])) for count in range(most // 2, most + 1)]


if __name__ == "__main__":
    sys.exit(main())
