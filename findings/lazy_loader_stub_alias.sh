#!/usr/bin/env bash
# lazy_loader 0.6: attach_stub reads `from .module import name as alias` in a .pyi file as if `as alias` were not there.
#
# A type checker takes the stub's word that the package has `alias`; at run time the package has `name`, and to import
# `alias` fails. Nothing is said when the stub is read, so code that passes the type checker fails at its first use.
# Seen with lazy_loader 0.6 and mypy 2.4.1 on Python 3.11.
# What follows: rename in the module itself, and let a test read every name that the stub promises.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check lazy_loader==0.6 mypy==2.4.1
mkdir "$folder/shop"
cd "$folder"

cat > shop/prices.py <<'PY'
def choose(amount: int) -> int:
    return 2 * amount
PY
cat > shop/__init__.py <<'PY'
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
PY
echo 'from .prices import choose as choose_price' > shop/__init__.pyi
printf 'from shop import choose_price\n\nprint(choose_price(3))\n' > use.py
echo '__all__ = ["choose_price"]' >> shop/__init__.pyi

env/bin/mypy --no-error-summary use.py && echo "mypy: nothing to say"
said=$(env/bin/python use.py 2>&1 || true)
names=$(env/bin/python -c 'import shop; print(shop.__all__)')
echo "run:   ${said##*$'\n'}"
echo "names: $names"

wanted="ImportError: cannot import name 'choose_price' from 'shop'"
[[ "$said" == *"$wanted"* ]] || { echo "changed: the alias is there"; exit 1; }
[[ "$names" == "['choose']" ]] || { echo "changed: other names are attached"; exit 1; }
echo "as described"
