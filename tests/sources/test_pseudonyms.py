import stat

import pytest

from cae.errors import CaeError
from cae.sources.pseudonyms import Pseudonyms


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_equal_texts_have_equal_pseudonyms_that_tell_nothing():
    names = Pseudonyms(bytes(32))
    assert names.of("P", "Jane") == names.of("P", "Jane")
    assert names.of("P", "Jane") != names.of("P", "Joan")
    assert names.of("P", "Jane")[2:] != names.of("S", "Jane")[2:]
    assert names.of("P", "a", "b") != names.of("P", "ab")
    assert "Jane" not in names.of("P", "Jane")
    assert Pseudonyms(b"1" * 32).of("P", "Jane") != names.of("P", "Jane")


def test_many_pseudonyms_do_not_meet():
    names = Pseudonyms(bytes(32))
    assert len({names.of("P", str(number)) for number in range(50_000)}) == 50_000


def test_the_salt_is_made_once_outside_of_studies_and_only_for_its_user(home):
    first = Pseudonyms.of_this_user().of("P", "Jane")
    assert Pseudonyms.of_this_user().of("P", "Jane") == first
    (salt,) = home.iterdir()
    assert salt.is_file()
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600


def test_users_have_pseudonyms_of_their_own(home, monkeypatch):
    first = Pseudonyms.of_this_user().of("P", "Jane")
    monkeypatch.setenv("CAE_HOME", str(home.parent / "another"))
    assert Pseudonyms.of_this_user().of("P", "Jane") != first


def test_a_damaged_salt_is_an_error_rather_than_a_new_one(home):
    Pseudonyms.of_this_user()
    (salt,) = home.iterdir()
    salt.write_bytes(b"short")
    with pytest.raises(CaeError, match="damaged"):
        Pseudonyms.of_this_user()
