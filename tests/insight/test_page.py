"""Reads the offline page as a browser does: its elements, its policy, what its scripts import, and its data."""

import base64
import hashlib
import json
import os
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from bert_keras import tensorboard_plugin
from bert_keras.errors import InputError
from bert_keras.insight import attention
from bert_keras.insight.page import page_html, write_page
from bert_keras.insight.page_precision import pack
from bert_keras.insight.quantisation import dequantise
from bert_keras.insight.record import Record, make_record
from bert_keras.models import TextClassifier

STATIC = Path(tensorboard_plugin.__file__).parent / "static"
HOSTILE = 'good </script><img src=x onerror="alert(1)"> <!-- bad'


class Elements(HTMLParser):
    """All elements of a page, with their attributes and, of scripts, their text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the element."""
        self.found.append((tag, dict(attrs)))
        self._text = []

    def handle_data(self, data: str) -> None:
        """Keeps the text."""
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Keeps a script's text."""
        if tag == "script":
            self.scripts.append((self.found[-1][1], "".join(self._text)))

    def script(self, kind: str) -> str:
        """The text of the one script of a type."""
        (text,) = [text for attributes, text in self.scripts if attributes.get("type") == kind]
        return text


@pytest.fixture(scope="module")
def record(classifier: TextClassifier) -> Record:
    return make_record(attention(classifier, HOSTILE), name=HOSTILE, methods=("raw",), masked=False, model_name="tiny")


@pytest.fixture(scope="module")
def page(record: Record) -> Elements:
    return Elements(page_html(record))


def modules(page: Elements) -> dict[str, str]:
    imports = json.loads(page.script("importmap"))["imports"]
    prefix = "data:text/javascript;base64,"
    assert all(address.startswith(prefix) for address in imports.values())
    return {name: base64.b64decode(address.removeprefix(prefix)).decode() for name, address in imports.items()}


def carried(page: Elements) -> dict:
    return json.loads(page.script("application/json"))


def header_of(kept: dict) -> dict:
    return json.loads(zlib.decompress(base64.b64decode(kept["header"]), -zlib.MAX_WBITS))


def without_comments(source: str) -> str:
    """A module's source without block comments, in which types are named by their files."""
    return re.sub(r"(?s)/\*.*?\*/", "", source)


def test_every_import_leads_to_a_module_of_the_page(page: Elements) -> None:
    there = modules(page)
    for source in map(without_comments, [*there.values(), page.script("module")]):
        wanted = re.findall(r'(?m)^import (?:\{[^}]*\} from )?"([^"\n]+)";$', source)
        assert len(wanted) == len(re.findall(r"(?m)^import\b|\bimport *\(|^export\b[^(\n]*\bfrom\b", source))
        assert set(wanted) <= set(there)
    assert "bert-keras/index.js" in there
    assert len(there) > 10


def test_every_module_of_every_folder_is_in_the_page_under_its_path(page: Elements) -> None:
    paths = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")]
    assert sorted(modules(page)) == sorted(f"bert-keras/{path}" for path in paths)
    assert "bert-keras/views/heads/view.js" in modules(page)


def test_no_import_is_relative_and_each_bare_one_is_in_the_import_map(page: Elements) -> None:
    there = modules(page)
    named = [
        name
        for source in map(without_comments, [*there.values(), page.script("module")])
        for name in re.findall(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["'`]([^"'`\n]+)["'`]""", source)
    ]
    assert [name for name in named if name.startswith((".", "/"))] == []
    assert set(named) <= set(there)
    assert set(there) == set(named), "a module that nothing imports"


def test_imports_lead_to_what_they_led_to_on_the_server(page: Elements) -> None:
    for name, source in modules(page).items():
        path = STATIC / name.removeprefix("bert-keras/")
        original = without_comments(path.read_text(encoding="utf-8"))
        relative = re.findall(r'\bfrom "(\.[^"]+)";', original)
        expected = [Path(os.path.normpath(path.parent / each)).relative_to(STATIC).as_posix() for each in relative]
        found = re.findall(r'\bfrom "bert-keras/([^"]+)";', without_comments(source))
        assert found == expected, name


def test_the_page_names_nothing_that_a_browser_would_ask_for(page: Elements) -> None:
    loading = {"link", "img", "iframe", "object", "embed", "base", "a", "form", "audio", "video"}
    assert not loading & {name for name, _ in page.found}
    assert not [attributes for _, attributes in page.found if {"src", "href", "srcset"} & set(attributes)]
    addresses = {
        address
        for source in modules(page).values()
        for address in re.findall(r"\b(?:https?|wss?)://[^\s\"'`]+", source)
    }
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not a place


def test_its_policy_allows_its_own_scripts_and_no_request(page: Elements) -> None:
    (policy,) = [
        attributes["content"]
        for _, attributes in page.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    assert rules["default-src"] == ["'none'"]
    assert not {"connect-src", "font-src", "frame-src", "worker-src"} & set(rules)
    ours = {
        f"'sha256-{base64.b64encode(hashlib.sha256(page.script(kind).encode()).digest()).decode()}'"
        for kind in ("importmap", "module")
    }
    assert set(rules["script-src"]) == ours | {"data:"}
    assert set(rules["img-src"]) == {"data:", "blob:"}


def test_texts_stand_in_it_as_data_and_never_as_markup(record: Record, page: Elements) -> None:
    assert HOSTILE not in page_html(record)
    assert len(page.scripts) == 3
    (kept,) = carried(page)["records"].values()
    assert HOSTILE in record.header["first"]
    assert header_of(kept) == json.loads(json.dumps(record.header))


def test_a_title_is_escaped(record: Record) -> None:
    assert "<title>a &lt;b&gt; c</title>" in page_html(record, "a <b> c")


def test_layers_come_back_as_they_were(record: Record, page: Elements) -> None:
    (kept,) = carried(page)["records"].values()
    back = [zlib.decompress(base64.b64decode(layer), -zlib.MAX_WBITS) for layer in kept["layers"]]
    assert back == [layer.tobytes() for layer in record.layers]


def test_records_of_one_name_are_the_steps_of_one_text(record: Record) -> None:
    data = carried(
        Elements(page_html([record.at(20), record.at(10), replace(record, header=record.header | {"name": "other"})]))
    )
    assert [entry["step"] for entry in data["runs"]["tiny"][HOSTILE]] == [10, 20]
    assert set(data["records"]) == {f"tiny\t{HOSTILE}\t10", f"tiny\t{HOSTILE}\t20", "tiny\tother\t0"}


def test_two_texts_of_one_name_are_both_there(record: Record) -> None:
    data = carried(Elements(page_html([record, record])))
    assert set(data["runs"]["tiny"]) == {HOSTILE, f"{HOSTILE} (2)"}


def test_weights_of_a_large_page_are_rounded_and_the_page_says_by_how_much(record: Record) -> None:
    made = np.random.default_rng(0)
    codes = np.round(255 * np.sqrt(made.dirichlet(np.full(300, 0.2), (4, 300)))).astype(np.uint8)
    large = replace(record, layers=(codes, codes))
    (exact,), (coarse,) = pack([large]), pack([large], budget=300_000)
    assert sum(map(len, coarse.layers)) <= 300_000 < sum(map(len, exact.layers))
    back = np.frombuffer(zlib.decompress(base64.b64decode(coarse.layers[0]), -zlib.MAX_WBITS), np.uint8)
    worst = np.abs(dequantise(back) - dequantise(codes.ravel())).max()
    before, told = record.header["quantisation"], coarse.header["quantisation"]
    assert 0 < worst <= told["max_error"] - before["max_error"] + 1e-6 < 0.011
    assert before["mean_error"] < told["mean_error"] < 0.005 and told["page_step"] > 0
    assert exact.header == record.header


def test_bert_base_at_128_tokens_takes_4_megabytes_at_most(record: Record) -> None:
    made = np.random.default_rng(0)
    # Sharper attention leaves more zeros and so less to write: this is flatter than what models do.
    layers = tuple(np.round(255 * np.sqrt(made.dirichlet(np.ones(128), (12, 128)))).astype(np.uint8) for _ in range(12))
    assert len(page_html(replace(record, layers=layers)).encode()) < 4e6


def test_a_page_is_written_whole(record: Record, tmp_path: Path) -> None:
    write_page(tmp_path / "new" / "page.html", record, "title")
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8") == page_html(record, "title")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]


def test_a_page_of_nothing_is_a_mistake() -> None:
    with pytest.raises(InputError, match="at least one record"):
        page_html([])


def test_lone_surrogates_do_no_harm(record: Record) -> None:
    data = carried(Elements(page_html(replace(record, header=record.header | {"name": "\ud800"}))))
    assert list(data["runs"]["tiny"]) == ["\ud800"]
