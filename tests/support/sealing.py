"""Keys that input is sealed to, invented, and input sealed to them as an app would."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from functools import cache
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey, RSAKey

from compliance.evidence.models import SealingKey
from compliance.evidence.public_keys import CONTENT, ECDH, RSA
from compliance.evidence.sealing_keys import register_sealing_key
from compliance.tenants.models import Psp
from tests.support.factories import NOW, make_person

PrivateKey = ECKey | OKPKey | RSAKey
KINDS = ("P-256", "X25519", "RSA")
TYPED = "PIN 4711, typed by the payer ☂".encode()


def private_key(kind: str, number: int = 0) -> PrivateKey:
    """Return a private key of a kind; another number is another key."""
    return _made(kind, number)


@cache
def _made(kind: str, _number: int) -> PrivateKey:
    if kind == "RSA":
        return RSAKey.generate_key(2048)
    return ECKey.generate_key("P-256") if kind == "P-256" else OKPKey.generate_key("X25519")


def public_jwk(kind: str, *, kid: str = "", number: int = 0) -> dict[str, Any]:
    jwk = private_key(kind, number).as_dict(private=False)
    return {name: value for name, value in jwk.items() if name != "kid"} | {
        "kid": kid or f"psp-{kind}"
    }


def sealed_to(kind: str, content: bytes = TYPED, *, number: int = 0, **header: Any) -> str:
    """Return `content` sealed to a key, with changes of the header."""
    algorithm = RSA if kind == "RSA" else ECDH
    members = {"alg": algorithm, "enc": CONTENT, "kid": f"psp-{kind}"} | header
    key = private_key(kind, number)
    return jwe.encrypt_compact(members, content, key, algorithms=[algorithm, CONTENT])


def with_header(sealed: str, **changes: Any) -> str:
    """Return a JWE with another header (None: without a member), which nobody could open any more."""
    first, rest = sealed.split(".", 1)
    header = json.loads(base64.urlsafe_b64decode(first + "=="))
    header = {name: value for name, value in (header | changes).items() if value is not None}
    return f"{encoded(json.dumps(header).encode())}.{rest}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def put_sealing_key(psp: Psp, kind: str = "P-256", **changes: Any) -> SealingKey:
    source = json.dumps(public_jwk(kind, **changes)).encode()
    return register_sealing_key(psp=psp, source=source, by=make_person(psp), now=NOW)
