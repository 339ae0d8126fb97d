import json
from pathlib import Path

import pytest

from bert_keras.errors import InputError
from bert_keras.serving.server import (
    ModelSettings,
    read_credentials,
    read_metrics_path,
    read_model_list,
    single_model,
)

LISTED = """
model_config_list {
  config { name: "a" base_path: "BASE" model_platform: "tensorflow" }
  config { name: "b" base_path: "BASE" model_version_policy { all {} } version_labels { key: "stable" value: 1 } }
  config { name: "c" base_path: "BASE" model_version_policy { latest { num_versions: 2 } } }
  config { name: "d" base_path: "BASE" model_version_policy { specific { versions: 3 versions: 1 } } }
}
"""


def written(folder: Path, text: str) -> str:
    file = folder / "file.config"
    file.write_text(text.replace("BASE", str(folder)), encoding="utf-8")
    return str(file)


def test_a_list_of_models_is_read_with_its_versions_and_labels(tmp_path: Path) -> None:
    base = str(tmp_path)
    assert read_model_list(written(tmp_path, LISTED)) == [
        ModelSettings("a", base),
        ModelSettings("b", base, latest=0, labels={"stable": 1}),
        ModelSettings("c", base, latest=2),
        ModelSettings("d", base, specific=(1, 3)),
    ]


def test_a_folder_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    assert single_model("a", "models") == ModelSettings("a", str(tmp_path / "models"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_config_list { config { nam: 'a' } }", "no ModelServerConfig in protobuf's text format: line 1:30"),
        ("{", "no ModelServerConfig in protobuf's text format"),
        ("", "no models"),
        ('custom_model_config { type_url: "a" }', "custom_model_config is not served"),
        ('model_config_list { config { name: "a" base_path: "BASE/none" } }', "model a: base_path must be an existing"),
        ('model_config_list { config { name: "a" base_path: "gs://x" } }', "must be a folder of this machine"),
        ('model_config_list { config { name: "a" } }', "base_path must be an existing folder"),
        ('model_config_list { config { base_path: "BASE" } }', "name must be a name without"),
        ('model_config_list { config { name: "a/b" base_path: "BASE" } }', "Received: 'a/b'"),
        ('model_config_list { config { name: "a" base_path: "BASE" model_platform: "torch" } }', "Received: 'torch'"),
        (
            'model_config_list { config { name: "a" base_path: "BASE" } config { name: "a" base_path: "BASE" } }',
            "two models have one name. Received: 'a'",
        ),
        (
            'model_config_list { config { name: "a" base_path: "BASE" model_version_policy { specific {} } } }',
            "specific has no versions",
        ),
    ],
)
def test_a_wrong_list_is_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        read_model_list(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(No such file"):
        read_model_list(str(tmp_path / "none"))
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_model_list(str(tmp_path / "latin"))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", None),
        ("prometheus_config { path: '/x' }", None),
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ("prometheus_config { enable: true, path: '/metrics' }", "/metrics"),
    ],
)
def test_metrics_are_on_where_the_file_says_so(tmp_path: Path, text: str, path: str | None) -> None:
    assert read_metrics_path(written(tmp_path, text)) == path


def test_a_path_of_metrics_must_not_hide_the_api(tmp_path: Path) -> None:
    for path in ("metrics", "/v1/models/a"):
        with pytest.raises(InputError, match="must begin with a slash"):
            read_metrics_path(written(tmp_path, f"prometheus_config {{ enable: true path: '{path}' }}"))


def test_keys_must_be_in_the_file_itself(tmp_path: Path) -> None:
    pem = json.dumps("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    with pytest.raises(InputError, match="server_key must hold the PEM text itself"):
        read_credentials(written(tmp_path, 'server_key: "server.key" server_cert: "server.crt"'))
    with pytest.raises(InputError, match="server_cert must hold"):
        read_credentials(written(tmp_path, f"server_key: {pem}"))
    with pytest.raises(InputError, match="custom_ca must hold"):
        read_credentials(written(tmp_path, f"server_key: {pem} server_cert: {pem} client_verify: true"))
