"""The vault: sealed by subject, revealed by profile, gone with its key."""

from __future__ import annotations

import psycopg

from huiliu.kernel.ids import digest
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

LIN, WEI = digest("lin"), digest("wei")
EMAIL = digest("email")


def keep(store: PostgresStore, secrets: InstanceSecrets, subject: bytes, raw: str) -> None:
    """Vault an e-mail address of a subject."""
    with store.system() as tx:
        key = tx.vault.subject_keys(1, [subject], create=True)[subject]
        tx.vault.put(1, [(subject, EMAIL, "email", secrets.seal_with(key, raw.encode()))])


def test_a_value_is_revealed_to_the_profile_that_owns_its_subject(
    store: PostgresStore, secrets: InstanceSecrets
) -> None:
    """Nobody else finds it, under the same token."""
    keep(store, secrets, LIN, "lin@example.com")
    with store.system() as tx:
        tx.vault.adopt(1, {LIN: 77})
    with store.transaction(1) as tx:
        assert tx.vault.reveal(1, {77: [EMAIL], 78: [EMAIL]}) == {(77, EMAIL): "lin@example.com"}
    with store.transaction(2) as tx:
        assert tx.vault.reveal(1, {77: [EMAIL]}) == {}


def test_a_subject_has_one_key_for_ever(store: PostgresStore) -> None:
    """Asking again gives the same key; without `create` none is made."""
    with store.system() as tx:
        assert tx.vault.subject_keys(1, [LIN], create=False) == {}
        made = tx.vault.subject_keys(1, [LIN, WEI], create=True)
        assert tx.vault.subject_keys(1, [LIN], create=True) == {LIN: made[LIN]}
        assert made[LIN] != made[WEI]


def test_a_destroyed_subject_has_no_key_and_gets_none(
    store: PostgresStore, secrets: InstanceSecrets
) -> None:
    """Erasure is for good: what was sealed is lost, what comes later is not kept."""
    keep(store, secrets, LIN, "lin@example.com")
    with store.system() as tx:
        tx.vault.adopt(1, {LIN: 77})
    with psycopg.connect(store.url) as connection:
        connection.execute("update subject_keys set wrapped = null")
    with store.system() as tx:
        assert tx.vault.subject_keys(1, [LIN], create=True) == {}
        assert tx.vault.reveal(1, {77: [EMAIL]}) == {}


def test_a_repeat_changes_nothing(store: PostgresStore, secrets: InstanceSecrets) -> None:
    """The first value stays."""
    keep(store, secrets, LIN, "lin@example.com")
    keep(store, secrets, LIN, "LIN@example.com")
    with store.system() as tx:
        tx.vault.adopt(1, {LIN: 77})
        assert tx.vault.reveal(1, {77: [EMAIL]}) == {(77, EMAIL): "lin@example.com"}


def test_nothing_in_the_database_shows_the_value(
    store: PostgresStore, secrets: InstanceSecrets
) -> None:
    """Only who has the instance key can read it."""
    keep(store, secrets, LIN, "lin@example.com")
    with psycopg.connect(store.url) as connection:
        rows = connection.execute("select * from vault_values, subject_keys").fetchall()

    assert b"lin@example.com" not in repr(rows).encode()
    assert all(
        b"lin@ex" not in bytes(cell) for row in rows for cell in row if isinstance(cell, bytes)
    )
