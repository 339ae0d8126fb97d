import dataclasses
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from programs import REPOSITORY, folder_of, program_of, start_process

import bert_keras
from bert_keras.errors import InputError
from pipelines.__main__ import PROGRAMS
from pipelines.command_line.options import option, options_of
from pipelines.command_line.parser import parse
from pipelines.command_line.program import Program
from pipelines.compare.config import PROGRAM as COMPARE


@dataclass(frozen=True)
class Config:
    """Options.

    Args:
        name: Some name.
        files: Some files.
        texts: Some texts.
        number: Some number.
        share: Some share, of 100 %.
        loud: Whether to shout.
        kind: Some kind.
        weights: Some weights.
    """

    name: str = option("NAME")
    files: str | list[str] | None = None
    texts: list[str] | None = None
    number: int = 3
    share: float | None = None
    loud: bool = False
    kind: Literal["first", "second"] = "first"
    weights: Literal["none"] | dict[str, float] = "none"


PROGRAM = Program(
    "test",
    "A test.",
    Config,
    {"options": tuple(field.name for field in dataclasses.fields(Config))},
    ("test --name x",),
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("--name 007", {"name": "007"}),
        ("--name=null", {"name": "null"}),
        ("--name a --name b", {"name": "b"}),
        ("--files a", {"files": "a"}),
        ("--files a b", {"files": ["a", "b"]}),
        ("--files a --files b c", {"files": ["b", "c"]}),
        ("--texts a --texts b c", {"texts": ["a", "b", "c"]}),
        ("--files [a,b]", {"files": ["a", "b"]}),
        ("--files [ab]", {"files": "[ab]"}),
        ("--files [ab].tsv", {"files": "[ab].tsv"}),
        ("--texts [a,b]", {"texts": ["[a,b]"]}),
        ("--texts null 1", {"texts": ["null", "1"]}),
        ("--number -5", {"number": -5}),
        ("--share 1e-4", {"share": 1e-4}),
        ("--loud", {"loud": True}),
        ("--loud --name x", {"loud": True, "name": "x"}),
        ("--loud no", {"loud": False}),
        ("--kind second", {"kind": "second"}),
        ("--weights {yes:2,no:0.5}", {"weights": {"yes:2": None}}),
        ("--weights none", {"weights": "none"}),
    ],
)
def test_a_flag_has_the_value_of_its_type(typed: str, expected: dict[str, Any]) -> None:
    if "yes:2" in typed:  # YAML wants a blank behind the colon
        with pytest.raises(InputError, match="--weights must be none or a weight for each label"):
            parse(PROGRAM, ["--name", "x", *typed.split()])
        return
    assert parse(PROGRAM, ["--name", "x", *typed.split()]) == {"name": "x"} | expected


def test_labels_of_weights_are_taken_as_they_are_typed() -> None:
    values = parse(PROGRAM, ["--name", "x", "--weights", "{yes: 2, no: 0.5, 01: 1e-1}"])
    assert values["weights"] == {"yes": 2.0, "no": 0.5, "01": 0.1}


def test_a_config_file_is_read_by_the_same_rules_and_flags_win(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "name: 007\nfiles: [a, b]\ntexts: [no, 1.50]\nnumber: 7\nshare: 1e-4\nloud: true\nweights: {yes: 2}\n"
    )
    read = {"name": "007", "files": ["a", "b"], "texts": ["no", "1.50"], "number": 7, "share": 1e-4, "loud": True}
    config = ["--config", str(tmp_path / "c.yaml")]
    assert parse(PROGRAM, config) == read | {"weights": {"yes": 2.0}}
    assert parse(PROGRAM, ["--number", "8", *config])["number"] == 8


def test_what_a_run_writes_is_read_again(tmp_path: Path) -> None:
    whole = dataclasses.asdict(Config("no", ["a", "null"], None, 1, 0.5, True, "second", {"on": 1.0, "~": 2.0}))
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    assert parse(PROGRAM, ["--config", str(tmp_path / "c.yaml")]) == whole


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmae: x", "c.yaml: no option 'nmae'; did you mean name?"),
        ("name: x\nnumber: three", "c.yaml: number must be a whole number. Received: 'three'"),
        ("name: [a, b]", "c.yaml: name must be a text (in quotes). Received: ['a', 'b']"),
        ("name: null", "c.yaml: name needs a value: a text (in quotes). Received: null"),
        ("number: null", "c.yaml: number needs a value: a whole number. Received: null"),
        ("name: x\nkind: third", "c.yaml: kind must be first or second. Received: 'third'"),
        ("- name", "c.yaml: options expected, a line each, as in `epochs: 3`. Received: ['name']"),
        ("name: [", "c.yaml: no valid YAML ("),
        ("", "--name is missing; see bert-keras test --help"),
    ],
)
def test_a_mistake_in_a_config_file_is_told(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError, match=re.escape(message)):
        parse(PROGRAM, ["--config", str(tmp_path / "c.yaml")])


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["--nubmer", "1"], "no option --nubmer; did you mean --number?"),
        (["--zzz=1"], "no option --zzz"),
        (["stray"], "nothing was expected at 'stray'; values follow their flag, as in --epochs 3"),
        (["--number"], "argument --number: expected one argument; see bert-keras test --help"),
        (["--number", "1.5"], "--number must be a whole number. Received: '1.5'"),
        (["--share", "half"], "--share must be a number. Received: 'half'"),
        (["--loud", "perhaps"], "--loud must be true or false. Received: 'perhaps'"),
        (["--kind", "third"], "--kind must be first or second. Received: 'third'"),
        (["--numb", "1"], "no option --numb; did you mean --number?"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(typed: list[str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        parse(PROGRAM, ["--name", "x", *typed])


def test_options_are_printed_as_a_file_that_gives_them_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse(PROGRAM, ["--name", "no", "--files", "a", "b", "--print_config"])
    assert end.value.code == 0
    (tmp_path / "c.yaml").write_text(capsys.readouterr().out)
    values = parse(PROGRAM, ["--config", str(tmp_path / "c.yaml")])
    assert values == dataclasses.asdict(Config("no", ["a", "b"]))


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_names_every_option_with_its_help_and_needs_no_tensorflow(name: str, tmp_path: Path) -> None:
    ended = start_process(["-X", "importtime", "-m", f"pipelines.{folder_of(name)}", "--help"], cwd=tmp_path)
    assert ended.status == 0
    shown = "".join(ended.out.split())
    program = program_of(name)
    options = options_of(program.config)
    helps: dict[str, str] = {}
    for of in reversed(program.config.__mro__[:-1]):  # what is said of an option last counts
        helps |= dict(re.findall(r"^    (\w+): ((?:.|\n(?!    \w|\n))+)", inspect.getdoc(of) or "", re.MULTILINE))
    assert helps.keys() == {option.name for option in dataclasses.fields(program.config)}
    for option_name, text in helps.items():
        # Blanks do not count: help is wrapped.
        said = re.escape("".join(text.split()))
        named = options[option_name].shown if options[option_name].positional else f"--{option_name}"
        assert re.search(rf"{named}(?:(?!--).)*{said}", shown), option_name
    assert "".join(program.description.split()) in shown
    assert f"bert-keras {name}" in ended.out
    assert_light(ended.err)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_option_is_in_one_group_and_help_is_written_for_people(name: str, tmp_path: Path) -> None:
    program = program_of(name)
    grouped = [of_group for group in program.groups.values() for of_group in group]
    assert sorted(grouped) == sorted(field.name for field in dataclasses.fields(program.config))
    ended = start_process(["-m", f"pipelines.{folder_of(name)}", "--help"], cwd=tmp_path)
    assert max(map(len, ended.out.splitlines())) <= 80
    assert not re.search(r"Union\[|list\[|\bnull\b|\bNone\b", ended.out)
    assert "\nexamples:\n" in ended.out


def assert_light(import_times: str) -> None:
    """Fails where Python's `-X importtime` lists what takes long to import."""
    modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in import_times.splitlines()}
    assert modules & {"pipelines", "bert_keras"}
    assert not modules & {"tensorflow", "keras", "keras_hub", "tensorflow_text", "sklearn", "matplotlib"}


ROWS = ("--train", "rows.tsv", "--dev", "rows.tsv")


def test_what_is_typed_without_a_flag_is_not_suggested_as_one() -> None:
    with pytest.raises(InputError, match="^no option --runs; type RUN without a flag, behind the program's name$"):
        parse(COMPARE, ["--runs", "a", "b"])


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["classify", "--train", "none.tsv", "--dev", "rows.tsv"], "none.tsv: cannot be read (No such file or"),
        (["classify", "--train", "no*.tsv", "--dev", "rows.tsv"], "no*.tsv: no file fits this pattern"),
        (["classify", "--train", "rows.tsv", "none.tsv", "--dev", "rows.tsv"], "none.tsv: cannot be read"),
        (["classify", *ROWS, "--model", "none"], "none: no folder and no known name"),
        (["classify", *ROWS, "--model", "rows.tsv"], "rows.tsv: a file. Name a folder"),
        (["classify", *ROWS, "--epochs", "0"], "epochs must be 1 or more. Received: 0"),
        (["classify", *ROWS, "--lerning_rate", "1"], "did you mean --learning_rate?"),
        (["classify", *ROWS, "--learning-rate", "1"], "did you mean --learning_rate?"),
        (["classify", "--config", "none.yaml"], "none.yaml: cannot be read (No such file or directory)"),
        (["classify", "--dev", "rows.tsv"], "--train is missing; see bert-keras classify --help"),
        (["answer", *ROWS, "--answers", "all"], "--answers must be first or any. Received: 'all'"),
        (["predict", "--model", "minilm_l6_en_uncased", "--input", "none.csv"], "none.csv: cannot be read"),
        (["predict", "--model", "none"], "none: no folder and no known name"),
        (["predict", "--model", "none", "--context", "none.txt"], "--context needs --question"),
        (["visualize", "--model", "minilm_l6_en_squad2", "--compare", "none", "--text", "a"], "none: no folder"),
        (["export", "--model", "none"], "none: no folder and no known name"),
        (["compare"], "RUN is missing; see bert-keras compare --help"),
        (["compare", "only"], "name two or more runs"),
        (["compare", "one", "two"], "one: no finished run, for it has no report.json"),
        (["check", "none"], "no export at none: looked for a folder, found nothing"),
        (["serve"], "one of --model_base_path and --model_config_file must be given. Received: None and None"),
        (["clasify"], "no program 'clasify'; did you mean classify?"),
        (["zzz"], "no program 'zzz'; there are classify, answer,"),
    ],
)
def test_a_mistake_is_told_in_a_line_without_tensorflow(typed: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text("text\tlabel\ngood\tyes\n")
    ended = start_process(["-X", "importtime", "-m", "bert_keras", *typed], cwd=tmp_path)
    said = [line for line in ended.err.splitlines() if not line.startswith("import time:")]
    assert (ended.status, ended.out, len(said)) == (2, "", 1)
    assert said[0].startswith("error: ") and message in said[0]
    assert_light(ended.err)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.tsv"]


def test_the_command_lists_its_programs(tmp_path: Path) -> None:
    ended = start_process(["-X", "importtime", "-m", "bert_keras", "--help"], cwd=tmp_path)
    assert ended.status == 0
    assert_light(ended.err)
    for name, does in PROGRAMS.items():
        assert re.search(rf"^  {name} +{re.escape(does)}$", ended.out, re.MULTILINE)
        assert (REPOSITORY / "pipelines" / folder_of(name) / "__main__.py").is_file()
    assert max(map(len, ended.out.splitlines())) <= 80
    nothing = start_process(["-m", "bert_keras"], cwd=tmp_path)
    assert (nothing.status, nothing.out) == (2, ended.out)
    version = start_process(["-m", "bert_keras", "--version"], cwd=tmp_path)
    assert version.out == f"bert-keras {bert_keras.__version__}\n"
