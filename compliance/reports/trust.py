"""What a verifier has to trust beforehand: roots of the seal and of time, and the logs' keys."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from compliance.ledger.keystore import VKEY_SUFFIX
from compliance.ledger.notes import NoteError, parse_vkey

SEAL_ROOTS_FILE: Final = "seal-root.pem"
TSA_ROOTS_FILE: Final = "tsa-root.pem"
LOG_KEYS_FILE: Final = "log.vkey"
_FILE_LIMIT: Final = 1_000_000


class TrustError(Exception):
    """A trust folder is missing, incomplete or unreadable; the message names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationTrust:
    """The roots and keys that a verification starts from; none of it is taken from the report."""

    seal_roots: tuple[x509.Certificate, ...]
    tsa_roots: tuple[x509.Certificate, ...]
    log_vkeys: tuple[str, ...]
    origin: str
    """Where this trust is from, in words."""

    def files(self, vkeys: tuple[str, ...]) -> dict[str, bytes]:
        """Return a trust folder's files, with the keys of these logs."""
        return {
            SEAL_ROOTS_FILE: _pem(self.seal_roots),
            TSA_ROOTS_FILE: _pem(self.tsa_roots),
            LOG_KEYS_FILE: "".join(f"{vkey}\n" for vkey in vkeys).encode(),
        }


def trust_from_folder(folder: Path) -> VerificationTrust:
    """Return the trust that a folder holds: `seal-root.pem`, `tsa-root.pem`, `log.vkey`.

    Raises:
        TrustError: if a file is missing or malformed.
    """
    vkeys = _read(folder / LOG_KEYS_FILE).decode("utf-8", errors="replace").split()
    for vkey in vkeys:
        try:
            parse_vkey(vkey)
        except NoteError as error:
            raise TrustError(f"{LOG_KEYS_FILE}: {error}") from error
    return VerificationTrust(
        seal_roots=_certificates(folder / SEAL_ROOTS_FILE),
        tsa_roots=_certificates(folder / TSA_ROOTS_FILE),
        log_vkeys=tuple(vkeys),
        origin=f"the folder `{folder.name}`",
    )


def deployment_trust() -> VerificationTrust:
    """Return the trust in this deployment's own keys (`KEYS_DIR`); no database is needed.

    Raises:
        TrustError: if the deployment has not sealed anything yet, or its files are malformed.
    """
    folder = Path(settings.KEYS_DIR)
    return VerificationTrust(
        seal_roots=_certificates(folder / "seal" / "root.pem"),
        tsa_roots=tsa_roots(),
        log_vkeys=tuple(_log_vkeys(folder / "log")),
        origin="the keys of this deployment",
    )


def tsa_roots() -> tuple[x509.Certificate, ...]:
    """Return the roots of the time-stamping authority, `KEYS_DIR/tsa/root.pem`.

    Raises:
        TrustError: if the file is missing or malformed.
    """
    return _certificates(Path(settings.KEYS_DIR) / "tsa" / "root.pem")


def _log_vkeys(folder: Path) -> Iterator[str]:
    """Yield the verifier key of every log of this deployment; the private keys are not touched."""
    for path in sorted(folder.glob(f"*{VKEY_SUFFIX}")):
        vkey = _read(path).decode("utf-8", errors="replace").strip()
        try:
            parse_vkey(vkey)
        except NoteError as error:
            raise TrustError(f"log/{path.name}: {error}") from error
        yield vkey


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file."""
    try:
        return tuple(x509.load_pem_x509_certificates(_read(path)))
    except ValueError as error:
        raise TrustError(f"{path.parent.name}/{path.name}: no readable certificates") from error


def _read(path: Path) -> bytes:
    """Return a file's content, within bounds."""
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT + 1)
    except OSError as error:
        place = f"{path.parent.name}/{path.name}"
        raise TrustError(f"cannot read `{place}`: {error.strerror}") from error
    if len(content) > _FILE_LIMIT:
        raise TrustError(f"{path.name}: longer than {_FILE_LIMIT} bytes")
    return content


def _pem(certificates: tuple[x509.Certificate, ...]) -> bytes:
    """Return certificates as one PEM file."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
