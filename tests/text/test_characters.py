import json

import numpy as np
import unicode_reference

from bert_keras.text.characters import character_table


def test_the_shipped_unicode_tables_are_those_of_the_reference_for_every_code_point():
    shipped = json.loads(unicode_reference.TABLE.read_text(encoding="ascii"))
    assert shipped == unicode_reference.read()


def test_hangul_syllables_decompose_to_their_letters():
    table = character_table(lowercase=True, strip_accents=True)
    place = int(np.searchsorted(table.changed, ord("한")))
    begin, length = table.offsets[place], table.lengths[place]
    assert "".join(map(chr, table.replacements[begin : begin + length])) == "\u1112\u1161\u11ab"


def test_a_cased_tokenizer_changes_nothing_but_blanks_and_control_characters():
    table = character_table(lowercase=False, strip_accents=False)
    assert set(table.replacements.tolist()) == {ord(" ")}
    assert ord("É") not in table.changed and ord("A") not in table.changed
    assert 0 in table.changed and 0xAD in table.changed and ord("\t") in table.changed
