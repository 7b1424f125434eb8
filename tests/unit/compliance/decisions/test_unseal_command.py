"""`manage.py unseal`, the PSP's side: a private key and a sealed input, and no database."""
# SPDX-License-Identifier: Apache-2.0

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.core.management import CommandError, call_command
from joserfc import jwe

from tests.support.sealing import KINDS, TYPED, private_key, public_jwk, sealed_to

ROOT = Path(__file__).resolve().parents[4]
PASSPHRASE = b"a passphrase of the PSP"


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "sealed.jwe"
    path.write_text(sealed_to("P-256") + "\n")
    return path


def pem_of(kind: str, *, number: int = 0, passphrase: bytes | None = None) -> bytes:
    pem = private_key(kind, number).as_pem(private=True)
    if passphrase is None:
        return pem
    encryption = BestAvailableEncryption(passphrase)
    key = load_pem_private_key(pem, None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def key_file(folder: Path, content: bytes) -> str:
    path = folder / "private.key"
    path.write_bytes(content)
    return str(path)


def opened(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> bytes:
    out = io.TextIOWrapper(io.BytesIO())
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        call_command("unseal", *arguments)
    return out.buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", [TYPED, b"\0\xff\n", b"x" * 40_000])
def test_what_was_sealed_comes_out_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, content: bytes
) -> None:
    path = tmp_path / "sealed.jwe"
    path.write_text(sealed_to(kind, content))

    for key in (pem_of(kind), _jwk(kind)):
        assert opened(monkeypatch, str(path), "--key", key_file(tmp_path, key)) == content


def _jwk(kind: str) -> bytes:
    return json.dumps(private_key(kind).as_dict(private=True)).encode()


def test_a_passphrase_is_read_from_a_file_or_asked_for(
    tmp_path: Path, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_file(tmp_path, pem_of("P-256", passphrase=PASSPHRASE))
    secret = tmp_path / "passphrase"
    secret.write_bytes(PASSPHRASE + b"\n")
    command = "compliance.decisions.management.commands.unseal.getpass"
    monkeypatch.setattr(command, lambda _prompt: PASSPHRASE.decode())

    for how in (["--passphrase-file", str(secret)], ["--ask"]):
        assert opened(monkeypatch, str(sealed), "--key", key, *how) == TYPED
    with pytest.raises(CommandError, match="needs its passphrase"):
        call_command("unseal", str(sealed), key=key)
    secret.write_bytes(b"another")
    with pytest.raises(CommandError, match="is the passphrase right"):
        call_command("unseal", str(sealed), key=key, passphrase_file=str(secret))


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_key_is_told_with_the_id_of_the_right_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "sealed.jwe"
    path.write_text(sealed_to(kind))

    for other in (pem_of(kind, number=1), pem_of("X25519" if kind == "RSA" else "RSA")):
        with pytest.raises(CommandError, match=f"does not open it.*`psp-{kind}`"):
            call_command("unseal", str(path), key=key_file(tmp_path, other))


def test_what_was_changed_is_not_opened(tmp_path: Path, sealed: Path) -> None:
    parts = sealed.read_text().strip().split(".")
    key = key_file(tmp_path, pem_of("P-256"))
    for place in (1, 2, 3, 4):
        changed = list(parts)
        first = "A" if changed[place][0] != "A" else "B"
        changed[place] = first + changed[place][1:]
        sealed.write_text(".".join(changed))
        with pytest.raises(CommandError, match="does not open it"):
            call_command("unseal", str(sealed), key=key)


def test_the_public_key_opens_nothing(tmp_path: Path, sealed: Path) -> None:
    public = json.dumps(public_jwk("P-256")).encode()
    with pytest.raises(CommandError, match="public key"):
        call_command("unseal", str(sealed), key=key_file(tmp_path, public))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"kty": "oct", "k": "AAAA"}',
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ed25519.Ed25519PrivateKey.generate().private_bytes_raw(),
        b"x" * 40_000,
    ],
    ids=["nothing", "empty object", "shared secret", "framed noise", "raw key", "too long"],
)
def test_a_file_that_is_no_private_key_is_said_to_be_none(
    tmp_path: Path, sealed: Path, content: bytes
) -> None:
    with pytest.raises(CommandError, match="private key"):
        call_command("unseal", str(sealed), key=key_file(tmp_path, content))


def test_a_key_of_another_curve_is_refused(tmp_path: Path, sealed: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(CommandError, match="P-256, X25519 or RSA"):
        call_command("unseal", str(sealed), key=key_file(tmp_path, pem))


def test_a_jwe_that_the_service_would_not_take_is_not_opened_either(tmp_path: Path) -> None:
    key, path = private_key("P-256"), tmp_path / "sealed.jwe"
    names = ["ECDH-ES", "A128CBC-HS256", "DEF"]
    header = {"alg": "ECDH-ES", "enc": "A128CBC-HS256", "zip": "DEF", "kid": "k"}
    path.write_text(jwe.encrypt_compact(header, TYPED, key, algorithms=names))

    with pytest.raises(CommandError, match="no sealed input: header `zip`"):
        call_command("unseal", str(path), key=key_file(tmp_path, pem_of("P-256")))


def test_the_output_file_is_new_and_its_owners_alone(tmp_path: Path, sealed: Path) -> None:
    out, key = tmp_path / "opened", key_file(tmp_path, pem_of("P-256"))

    call_command("unseal", str(sealed), key=key, out=str(out))

    assert out.read_bytes() == TYPED
    assert out.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="exists"):
        call_command("unseal", str(sealed), key=key, out=str(out))


def test_it_runs_without_a_database(tmp_path: Path, sealed: Path) -> None:
    key = key_file(tmp_path, pem_of("P-256"))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "compliance.settings.development",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
        "NINEFOLD_DATA_DIR": str(tmp_path / "data"),
    }

    result = subprocess.run(
        [sys.executable, "manage.py", "unseal", "-", "--key", key],
        cwd=ROOT,
        env=environment,
        input=sealed.read_bytes(),
        capture_output=True,
        check=False,
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, TYPED, b"")


def test_it_wants_one_source(tmp_path: Path, sealed: Path) -> None:
    key = key_file(tmp_path, pem_of("P-256"))
    for given in (
        [],
        [str(sealed), "--decision", "dec_1", "--psp", "psp_1"],
        ["--decision", "dec_1"],
    ):
        with pytest.raises(CommandError) as refused:
            call_command("unseal", *given, "--key", key)
        assert refused.value.returncode == 2
