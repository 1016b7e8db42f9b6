"""Passwords, kept as argon2id."""

import os
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice: 19 MiB each, so that a burst of logins does not take the machine's memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Hashing lets other threads run, and as many hashes at a time as there are processors leave none waiting for long.
_turns = BoundedSemaphore(os.cpu_count() or 1)

_NOBODYS = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """What to keep of a password."""
    with _turns:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; takes as long when there is no hash to compare with."""
    with _turns:
        try:
            return _hasher.verify(password_hash or _NOBODYS, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
