"""Names that stand for patients and examinations without telling who they are."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cae.errors import CaeError, DamagedFileError
from cae.home import studies_folder
from cae.storage import atomic_path

_SALT_FILE = ".pseudonyms-salt"
_SALT_BYTES = 32
_LETTERS = 10


class Pseudonyms:
    """Salted hashes: equal texts have equal pseudonyms, and nobody without the salt can guess them.

    The salt is made once per user and stays in the folder of all studies, outside of each: it is
    never part of a study or of what is exported.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    @classmethod
    def of_this_user(cls) -> "Pseudonyms":
        """Return the pseudonyms with this user's salt, which is made at first use.

        Raises:
            CaeError: the salt cannot be read or written.
        """
        return cls(_salt(studies_folder() / _SALT_FILE))

    @classmethod
    def from_text(cls, text: str) -> "Pseudonyms":
        """Return the pseudonyms that `as_text` was of, in another process."""
        return cls(bytes.fromhex(text))

    def as_text(self) -> str:
        """Return the salt for a reader of this user, which may run on another computer.

        There the user may have another salt, or none, and one patient would become several. It is
        as secret as the salt.
        """
        return self._salt.hex()

    def of(self, kind: str, *texts: str) -> str:
        """Return the pseudonym of what `texts` say together, such as ``P-4F7QXKB2MA``.

        Args:
            kind: a letter or word in front; equal texts of two kinds have unlike pseudonyms.
            texts: what identifies, in a fixed order.
        """
        message = "\0".join([kind, *texts]).encode("utf-8", "surrogatepass")
        digest = hmac.new(self._salt, message, hashlib.sha256).digest()
        return f"{kind}-{base64.b32encode(digest).decode()[:_LETTERS]}"


def _salt(file: Path) -> bytes:
    try:
        if not file.exists():
            _make_salt(file)
        salt = file.read_bytes()
    except OSError as error:
        raise CaeError(
            f"The salt of pseudonyms {file} cannot be kept ({error.strerror}); check its rights."
        ) from error
    if len(salt) != _SALT_BYTES:
        raise DamagedFileError(
            file,
            f"the salt of pseudonyms has {_SALT_BYTES} bytes",
            "restore it from a copy, or remove it to begin with new pseudonyms",
        )
    return salt


def _make_salt(file: Path) -> None:
    """Write a salt that only this user may read, unless another process has just done so."""
    made = file.with_name(f"{file.name}.{os.getpid()}")
    with atomic_path(made) as temporary:
        temporary.write_bytes(secrets.token_bytes(_SALT_BYTES))
        temporary.chmod(0o600)
    try:
        os.link(made, file)
    except FileExistsError:
        pass
    finally:
        made.unlink()
