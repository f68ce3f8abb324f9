"""Sign an exported folder with an Ed25519 key, and verify the signature of one that is imported.

Signed is a manifest with the SHA-256 of every file (RFC 8032, from the package `cryptography`). Keys are
files: OpenSSH's (`ssh-keygen -t ed25519`) or PEM.
"""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import orjson
from pydantic import ValidationError

from trace2skill.errors import InputError, SettingError
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE_FILE = "references/signature.json"
PURPOSE = b"trace2skill skill folder, version 1\n"
"""What stands before the manifest when it is signed, so that no signature for another purpose fits."""

KEY_LIMIT = 64 * 1024


class Signature(Frozen):
    """What the signature file holds: the SHA-256 of each file in hex, and the signature in base64."""

    files: dict[str, str]
    signature: str


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file, in hex."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def content_digest(files: Mapping[str, bytes]) -> str:
    """One SHA-256 over the names and contents of files, in hex."""
    return hashlib.sha256(_manifest(digests(files))).hexdigest()


def sign(files: Mapping[str, bytes], key: Path) -> bytes:
    """The content of the signature file for these files.

    Raises:
        SettingError: The key cannot be used, or `cryptography` is missing.
    """
    found = digests(files)
    signature = _private(key).sign(PURPOSE + _manifest(found))
    made = Signature(files=found, signature=base64.b64encode(signature).decode())
    return orjson.dumps(made.model_dump(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def verify(files: Mapping[str, bytes], key: Path, folder: Path) -> str:
    """Check that a key signed exactly these files, among them the signature file; the key's fingerprint.

    Args:
        files: The folder's files, by relative path.
        key: The public key that is expected.
        folder: For messages.

    Raises:
        InputError: There is no signature, it is another key's, or a file is not as it was signed.
        SettingError: The key cannot be used, or `cryptography` is missing.
    """
    from cryptography.exceptions import InvalidSignature

    public = _public(key)
    signed = {name: data for name, data in files.items() if name != SIGNATURE_FILE}
    if SIGNATURE_FILE not in files:
        _refuse(folder, f"holds no {SIGNATURE_FILE}; have it exported with --sign, or leave --verify out")
    try:
        made = Signature.model_validate_json(files[SIGNATURE_FILE])
        public.verify(base64.b64decode(made.signature, validate=True), PURPOSE + _manifest(made.files))
    except (ValidationError, ValueError, InvalidSignature):
        _refuse(folder, f"was not signed with the key in {key}; do not use it, or ask who sent it")
    found = digests(signed)
    for name in sorted(found.keys() | made.files.keys()):
        if made.files.get(name) != found.get(name):
            _refuse(folder / name, "is not as it was signed; get the folder again")
    return _fingerprint(public)


def _manifest(found: Mapping[str, str]) -> bytes:
    return orjson.dumps(dict(found), option=orjson.OPT_SORT_KEYS)


def _private(key: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    data = _read(key)
    load = load_ssh_private_key if b"OPENSSH" in data else load_pem_private_key
    try:
        found = load(data, None)
    except TypeError:
        raise SettingError(f"{key}: the key has a passphrase; give a key without one") from None
    except ValueError:
        raise SettingError(f"{key}: is no private key; make one with `ssh-keygen -t ed25519`") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise SettingError(f"{key}: is no Ed25519 key; make one with `ssh-keygen -t ed25519`")
    return found


def _public(key: Path) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

    data = _read(key)
    try:
        found = load_pem_public_key(data) if b"BEGIN" in data else load_ssh_public_key(data)
    except ValueError:
        raise SettingError(f"{key}: is no public key; name the .pub file of the signer's key") from None
    if not isinstance(found, Ed25519PublicKey):
        raise SettingError(f"{key}: is no Ed25519 key; only those sign skills")
    return found


def _fingerprint(public: "Ed25519PublicKey") -> str:
    """As `ssh-keygen -l` writes it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    found = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return f"SHA256:{base64.b64encode(found).decode().rstrip('=')}"


def _read(key: Path) -> bytes:
    try:
        import cryptography  # noqa: F401 - asked for here, so that one message names the extra
    except ModuleNotFoundError:
        raise SettingError(
            "signatures need the package cryptography; install it with `pip install 'trace2skill[sign]'`"
        ) from None
    try:
        with key.open("rb") as file:
            return file.read(KEY_LIMIT)
    except OSError as error:
        raise SettingError(f"{key}: cannot be read ({error.strerror})") from error


def _refuse(place: Path, problem: str) -> NoReturn:
    raise InputError(f"{place}: {problem}")
