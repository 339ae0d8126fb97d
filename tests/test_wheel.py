"""The package as somebody gets it who installs the wheel: into an environment that has nothing but its dependencies."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from import_graph import PACKAGES, REPOSITORY, modules
from packaging.requirements import Requirement

import bert_keras
from bert_keras.serving import c_runtime
from pipelines.__main__ import PROGRAMS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with what is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder]
    subprocess.run([sys.executable, *build, REPOSITORY], check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel; its dependencies are those of this environment, without this one's project."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    brought = {"bert_keras", f"bert_keras-{bert_keras.__version__}.dist-info"}
    assert {path.name for path in packages.iterdir()} == brought
    # A folder named in a .pth file is searched, and its own .pth files, the editable install's too, are not read.
    dependencies = Path(str(importlib.metadata.distribution("numpy").locate_file("")))
    (packages / "dependencies.pth").write_text(str(dependencies.resolve()))
    return folder


def run(environment: Path, *command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of the environment."""
    program, *arguments = map(str, command)
    return subprocess.run(
        [environment / "bin" / program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_wheel_holds_all_files_of_the_package_and_of_the_programs(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for package in PACKAGES for path in (REPOSITORY / package).rglob("*") if path.is_file()]
    names = {path.relative_to(REPOSITORY).as_posix() for path in files if "__pycache__" not in path.parts}
    assert held == {re.sub("^pipelines/", "bert_keras/pipelines/", name) for name in names}


def test_the_wheel_says_what_it_is_and_what_it_needs(wheel: Path) -> None:
    (metadata,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA"))
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    assert f"\nVersion: {bert_keras.__version__}\n" in text
    assert "\nClassifier: Typing :: Typed\n" in text
    for line in re.findall("^Requires-Dist: (.*)$", text, re.MULTILINE):
        operators = {specifier.operator for specifier in Requirement(line).specifier}
        assert operators == {">=", "<"} or "extra" in line, line


# Modules that the scripts of a folder import by their bare names.
BARE_NAMES = {path.stem for path in Path(c_runtime.__file__).parent.glob("*.py")}


def test_each_package_that_is_imported_is_a_declared_dependency() -> None:
    owners = importlib.metadata.packages_distributions()
    required = map(Requirement, importlib.metadata.requires("bert_keras") or [])
    declared = {requirement.name.lower().replace("_", "-") for requirement in required}
    for path in modules().values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
            for top in {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, *PACKAGES, *BARE_NAMES}:
                assert {owner.lower().replace("_", "-") for owner in owners[top]} & declared, (path, top)


def test_it_is_imported_without_tensorflow_and_brings_no_other_name(environment: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.util, sys, bert_keras, bert_keras.pipelines\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)\n"
        "assert importlib.util.find_spec('pipelines') is None\n"
        "print(bert_keras.__version__, bert_keras.__file__)\n"
    )
    ended = run(environment, "python", "-c", code, cwd=tmp_path)
    version, file = ended.stdout.split()
    assert version == bert_keras.__version__
    assert Path(file).is_relative_to(environment)


def test_one_command_runs_each_program(environment: Path, tmp_path: Path) -> None:
    listed = run(environment, "bert-keras", "--help", cwd=tmp_path)
    assert listed.returncode == 0
    for name in PROGRAMS:
        assert f"\n  {name} " in listed.stdout
        told = run(environment, "bert-keras", name, "--help", cwd=tmp_path)
        assert told.returncode == 0
        assert told.stdout.startswith(f"usage: bert-keras {name} ")


def test_a_question_is_answered_by_the_reader_in_the_wheel(
    environment: Path, minilm_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.txt").write_text("The harbour was built in 1921. It burns oil to this day.")
    flags = ["--model", "minilm_l6_en_squad2", "--context", "text.txt", "--question", "When was the harbour built?"]
    ended = run(environment, "bert-keras", "predict", *flags, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert '"answer": "1921"' in ended.stdout
