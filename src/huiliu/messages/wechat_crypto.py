"""The encryption of messages that WeChat pushes in its safe mode.

AES-256-CBC under the account's EncodingAESKey, the first 16 bytes of the key as the vector; the
plain text is 16 random bytes, the message's length in four bytes, the message, the account's app
id, padded to blocks of 32. The signature over token, time, nonce and cipher text is what tells a
forged message: it is checked before anything is decrypted.
Source: developers.weixin.qq.com/doc/store/shop/dev_before/message_push.html.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

__all__ = ["decrypt", "encrypt", "sign", "signed"]

_PAD: Final = 32
_RANDOM: Final = 16
_LENGTH: Final = 4


def sign(*parts: str) -> str:
    """Return WeChat's signature: SHA-1 over the parts in the order of their bytes."""
    # The protocol's own choice: it is a keyed check of origin only because the token is among them.
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def signed(signature: str, *parts: str) -> bool:
    """Say whether a signature is that of the parts, in constant time."""
    return hmac.compare_digest(sign(*parts).encode(), signature.encode())


def decrypt(cipher_text: str, aes_key: str, app_id: str) -> bytes | None:
    """Return the message, None where it was not written under this key for this account."""
    key = _key(aes_key)
    try:
        sealed = base64.b64decode(cipher_text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if key is None or not sealed or len(sealed) % 16:
        return None
    reader = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    opened = reader.update(sealed) + reader.finalize()
    pad = opened[-1]
    if not 1 <= pad <= _PAD or opened[-pad:] != bytes((pad,)) * pad:
        return None
    opened = opened[:-pad]
    start = _RANDOM + _LENGTH
    length = int.from_bytes(opened[_RANDOM:start], "big")
    message, owner = opened[start : start + length], opened[start + length :]
    if len(message) != length or owner != app_id.encode():
        return None
    return message


def encrypt(message: bytes, aes_key: str, app_id: str, random: bytes) -> str:
    """Return the cipher text of a message, as WeChat writes it; `random` is 16 bytes."""
    key = _key(aes_key)
    if key is None or len(random) != _RANDOM:
        raise ValueError("an EncodingAESKey has 43 letters, the random prefix 16 bytes")
    whole = random + len(message).to_bytes(_LENGTH, "big") + message + app_id.encode()
    pad = _PAD - len(whole) % _PAD
    writer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = writer.update(whole + bytes((pad,)) * pad) + writer.finalize()
    return base64.b64encode(sealed).decode()


def _key(aes_key: str) -> bytes | None:
    """Return the 32 bytes of an EncodingAESKey, None where it is none."""
    try:
        # Not validated: the 43rd letter of a key may carry bits that its length does not need.
        key = base64.b64decode(aes_key + "=")
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None
