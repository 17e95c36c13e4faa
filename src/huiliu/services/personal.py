"""The tokens and keys under which a person's data is found again: one place makes them all."""

from __future__ import annotations

from huiliu.governance.dictionary import Place, rule_of
from huiliu.governance.normalisation import DEFAULT_REGION, normalise, normalise_field
from huiliu.governance.splitting import TOKEN_PREFIX, Tokenise
from huiliu.kernel.events import IdentifierType
from huiliu.ports.vault import Secrets

__all__ = ["tokeniser", "vault_token"]

_IDENTIFIER_FIELDS = {type_.word: type_ for type_ in IdentifierType}


def tokeniser(secrets: Secrets, brand_id: int) -> Tokenise:
    """Return what gives the token of a field's normalised value.

    The token of an identifier is its identifier key, so one vaulted value serves both.
    """

    def tokenise(field: str, normal: str) -> bytes:
        type_ = _IDENTIFIER_FIELDS.get(field)
        if type_ is None:
            return secrets.token(brand_id, field, normal)
        return secrets.identifier_key(brand_id, type_, normal)

    return tokenise


def vault_token(
    secrets: Secrets, brand_id: int, trait: str, written: str, region: str = DEFAULT_REGION
) -> str | None:
    """Return the token that stands for a trait's value in log, profile and warehouse.

    None = the trait is not personal: its value is kept as it is. A condition that compares a
    personal trait compares tokens.
    """
    rule = rule_of(Place.TRAITS, trait)
    if rule is None or rule.field in {"kept", "dropped"}:
        return None
    field = rule.field
    if field in _IDENTIFIER_FIELDS and normalise(_IDENTIFIER_FIELDS[field], written) is None:
        field = "text"
    token = tokeniser(secrets, brand_id)(field, normalise_field(field, written, region))
    return f"{TOKEN_PREFIX}{token.hex()}"
