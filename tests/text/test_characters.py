import json
import unicodedata

import numpy as np
import unicode_reference

from bert_keras.text.characters import (
    COMBINING,
    FIRST,
    SECOND,
    chained,
    changes,
    character_classes,
    spaced_marks,
    table_of,
    unicode_data,
)


def test_the_shipped_unicode_tables_are_those_of_the_reference_for_every_code_point():
    shipped = json.loads(unicode_reference.TABLE.read_text(encoding="ascii"))
    assert shipped == unicode_reference.read()


def test_hangul_syllables_decompose_to_their_letters():
    table = table_of(changes("NFD"))
    place = int(np.searchsorted(table.changed, ord("한")))
    begin, length = table.offsets[place], table.lengths[place]
    assert "".join(map(chr, table.replacements[begin : begin + length])) == "\u1112\u1161\u11ab"


def test_cleaning_changes_nothing_but_blanks_and_control_characters():
    table = table_of(changes("clean"))
    assert set(table.replacements.tolist()) == {ord(" ")}
    assert ord("É") not in table.changed and ord("A") not in table.changed
    assert 0 in table.changed and 0xAD in table.changed and ord("\t") in table.changed


def test_changes_apply_one_after_the_other_also_to_what_earlier_ones_put_in():
    assert chained({"a": "bc", "x": ""}, {"b": "B", "x": "y"}, {"B": "", "z": "Z"}) == {
        "a": "c",
        "x": "",
        "b": "",
        "z": "Z",
    } | {"B": ""}


def test_the_second_character_of_a_pair_is_the_first_of_none_so_that_pairs_join_from_the_left():
    pairs = unicode_data()["composed"]
    assert not {pair[0] for pair in pairs} & {pair[1] for pair in pairs}
    classes = character_classes()
    assert not (classes.bits & FIRST).astype(bool)[(classes.bits & (COMBINING | SECOND)) > 0].any()
    assert max(len(parts) for c, parts in changes("NFD").items() if unicodedata.normalize("NFC", c) == c) <= 4


def test_marks_that_stay_are_those_with_a_class_that_bert_does_not_take_for_accents():
    marks = set(map(chr, spaced_marks().tolist()))
    assert "\u302e" in marks and "\U0001d165" in marks and "\U0001d15e" in marks
    assert "\u0301" not in marks and "é" not in marks
