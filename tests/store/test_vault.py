"""Personal data at rest cannot be read, moved, changed or compared without the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerdesk.errors import TamperFound
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault, last_four

HERE = {"column": "journal_entry.consumer_sealed", "row": "2026112207120700000001"}


def keys_of(byte: int) -> Keys:
    return Keys(data=bytes([byte]) * 32, index=bytes([byte + 1]) * 32, audit=b"", verify=b"", links={})


@pytest.fixture
def vault() -> Vault:
    return Vault(keys_of(1))


@given(text=st.text())
def test_what_was_sealed_is_opened(text: str) -> None:
    vault = Vault(keys_of(1))
    assert vault.open(vault.seal(text, **HERE), **HERE) == text


def test_sealed_bytes_tell_nothing_not_even_that_two_are_equal(vault: Vault) -> None:
    one, other = vault.seal("13800138000", **HERE), vault.seal("13800138000", **HERE)
    assert one != other
    assert b"138" not in one
    assert len(one) == 1 + 12 + 11 + 16


@pytest.mark.parametrize("elsewhere", [{"column": "journal_entry.customer_name"}, {"row": "2026112207120700000002"}])
def test_a_sealed_value_moved_to_another_place_is_refused(vault: Vault, elsewhere: dict[str, str]) -> None:
    sealed = vault.seal("13800138000", **HERE)
    with pytest.raises(TamperFound):
        vault.open(sealed, **{**HERE, **elsewhere})


def test_column_and_row_cannot_be_traded_for_each_other(vault: Vault) -> None:
    sealed = vault.seal("x", column="a.b", row="c")
    with pytest.raises(TamperFound):
        vault.open(sealed, column="a.b\nc", row="")


def test_a_change_of_any_bit_is_noticed(vault: Vault) -> None:
    sealed = vault.seal("13800138000", **HERE)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(TamperFound):
            vault.open(bytes(changed), **HERE)


def test_a_value_cut_anywhere_is_refused(vault: Vault) -> None:
    sealed = vault.seal("13800138000", **HERE)
    for length in range(len(sealed)):
        with pytest.raises(TamperFound):
            vault.open(sealed[:length], **HERE)


def test_another_key_opens_nothing(vault: Vault) -> None:
    sealed = vault.seal("13800138000", **HERE)
    with pytest.raises(TamperFound) as caught:
        Vault(keys_of(9)).open(sealed, **HERE)
    assert "13800138000" not in str(caught.value)


@given(one=st.text(), other=st.text())
def test_blind_indexes_are_equal_for_equal_texts_only(one: str, other: str) -> None:
    vault = Vault(keys_of(1))
    blind = vault.blind(one, column="a.b")
    assert len(blind) == 16
    assert (vault.blind(other, column="a.b") == blind) == (one == other)


def test_blind_indexes_of_two_columns_or_two_keys_cannot_be_compared(vault: Vault) -> None:
    blind = vault.blind("13800138000", column="a.b")
    assert vault.blind("13800138000", column="a.c") != blind
    assert Vault(keys_of(9)).blind("13800138000", column="a.b") != blind


@pytest.mark.parametrize(
    ("text", "clear"), [("", ""), ("1", ""), ("12", "2"), ("1234567", "567"), ("13800138000", "8000")]
)
def test_at_most_four_and_at_most_half_of_a_value_stands_in_clear(text: str, clear: str) -> None:
    assert last_four(text) == clear
