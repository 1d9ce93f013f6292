import os

from cae.sources.printable import printable


def test_bytes_that_are_no_utf8_are_replaced():
    assert printable(os.fsdecode(b"caf\xe9.png")) == "caf\ufffd.png"


def test_other_names_stay():
    assert printable("ä/é.png") == "ä/é.png"
