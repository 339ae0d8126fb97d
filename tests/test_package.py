import subprocess
import sys

import pytest

import bert_keras


def test_importing_the_package_brings_no_tensorflow():
    code = "import sys, bert_keras, bert_keras.serving; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_can_be_had():
    assert all(getattr(bert_keras, name) is not None for name in bert_keras.__all__)
    assert set(bert_keras.__all__) <= set(dir(bert_keras))


def test_the_checks_function_stays_callable_when_its_package_is_imported():
    code = "import bert_keras.serving.check, bert_keras; assert all(map(callable, [bert_keras.serving.check, bert_keras.serving.export]))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        bert_keras.nonsense  # noqa: B018
