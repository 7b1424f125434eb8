"""A stream of realistic authentications, sent through the REST interface as a back-end would."""
# SPDX-License-Identifier: Apache-2.0

import base64
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from compliance.demo.client import Client
from compliance.evidence.demonstration import (
    DemonstrationAuthority,
    DeviceState,
    freerasp_report,
)

_APPS = ("7.3.1", "7.3.1", "7.3.1", "7.2.0", "7.1.4")
_MODELS = ("Pixel 8a", "Pixel 9", "Xperia 10 III", "Galaxy A55")
_THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone as its evidence shows it."""

    share: int
    state: DeviceState | None
    threats: tuple[str, ...] = ()
    finished: bool = True
    wrong_challenge: bool = False
    evidence_age_s: int = 1


PHONES = (
    Phone(share=820, state=DeviceState()),
    Phone(share=40, state=DeviceState(), threats=("devMode",)),
    Phone(share=30, state=DeviceState(), threats=("systemVPN",)),
    Phone(share=20, state=DeviceState(device_locked=False, verified_boot_state="UNVERIFIED")),
    Phone(
        share=15,
        state=DeviceState(device_locked=False, verified_boot_state="UNVERIFIED"),
        threats=("privilegedAccess",),
    ),
    Phone(share=12, state=DeviceState(), threats=("hooks",)),
    Phone(share=10, state=DeviceState(), threats=("screenshot",)),
    Phone(share=10, state=DeviceState(security_level="SOFTWARE")),
    Phone(share=10, state=DeviceState(), finished=False),
    Phone(share=8, state=DeviceState(), wrong_challenge=True),
    Phone(share=8, state=None, threats=("simulator",)),
    Phone(share=7, state=None),
    Phone(share=5, state=DeviceState(verified_boot_state="SELF_SIGNED")),
    Phone(share=5, state=DeviceState(), threats=("automation", "multiInstance")),
)
"""Kinds of phones, with their share of the stream in thousandths."""


def requests(
    authority: DemonstrationAuthority, *, count: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield `count` decision requests; the same seed makes the same phones and amounts."""
    chance = random.Random(seed)  # noqa: S311 - invented data, no secret
    for phone in chance.choices(PHONES, [phone.share for phone in PHONES], k=count):
        yield _request(authority, phone, chance)


def _request(
    authority: DemonstrationAuthority, phone: Phone, chance: random.Random
) -> dict[str, Any]:
    """Return one request in the form of `POST /v1/decisions`."""
    amount = round(chance.lognormvariate(3.6, 1.1), 2)
    customer = chance.randrange(400)
    return {
        "transaction": {
            "ref": f"tx-{secrets.token_hex(6)}",
            "channel": "mobile-app",
            "method": "app-pin-push",
        },
        "subject": {"payer_ref": f"c-{customer}", "device_ref": f"d-{customer}"},
        "device": {
            "platform": "android",
            "os_version": chance.choice(("14", "15", "16")),
            "model": chance.choice(_MODELS),
            "app_version": chance.choice(_APPS),
        },
        "elements": ["knowledge", "possession"],
        "environment": {
            "class": chance.choices(("tee", "secure_element", "software_keystore"), (88, 9, 3))[0],
            "delivery": "just_in_time",
            "packaging": "library",
            "uniqueness": "transaction",
        },
        "attributes": {
            "amount_eur": f"{amount:.2f}",
            "payee_known": chance.random() < 0.7,
            "purpose": chance.choices(("payment", "account_access"), (8, 2))[0],
            "device_age_days": chance.randrange(1, 900),
        },
        "evidence": list(_evidence(authority, phone)),
    }


def _evidence(authority: DemonstrationAuthority, phone: Phone) -> Iterator[dict[str, Any]]:
    """Yield what the back-end holds about this phone."""
    observed_at = datetime.now(UTC) - timedelta(seconds=phone.evidence_age_s)
    challenge = secrets.token_bytes(32)
    if phone.state is not None:
        expected = secrets.token_bytes(32) if phone.wrong_challenge else challenge
        chain = authority.attest(phone.state, challenge=challenge, at=observed_at)
        yield {
            "provider": "android_key_attestation",
            "mode": "raw",
            "payload": {"chain": [base64.b64encode(der).decode() for der in chain]},
            "expected": {"challenge": base64.b64encode(expected).decode()},
            "observed_at": _rfc3339(observed_at),
        }
    if phone.state is not None or phone.threats:
        yield {
            "provider": "freerasp",
            "mode": "reported",
            "payload": freerasp_report(phone.threats, finished=phone.finished),
            "observed_at": _rfc3339(observed_at),
        }


def _rfc3339(moment: datetime) -> str:
    """Return the moment in UTC with a `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def send(
    connect: Callable[[], Client],
    bodies: Iterator[dict[str, Any]],
    *,
    tell: Callable[[int], None],
) -> Counter[str]:
    """Send every request, confirm most obligations, and return how often each effect was answered.

    `tell` hears how many requests were answered so far.
    """
    effects: Counter[str] = Counter()
    queue = list(bodies)
    slices = [queue[offset::_THREADS] for offset in range(_THREADS)]
    with ThreadPoolExecutor(_THREADS) as pool:
        jobs = [
            pool.submit(_send_slice, connect(), part, offset) for offset, part in enumerate(slices)
        ]
        for job in jobs:
            effects.update(job.result())
            tell(effects.total())
    return effects


def _send_slice(client: Client, bodies: list[dict[str, Any]], seed: int) -> Counter[str]:
    """Send one thread's share."""
    chance = random.Random(seed)  # noqa: S311 - invented data, no secret
    effects: Counter[str] = Counter()
    for body in bodies:
        answer = client.post("/v1/decisions", body)
        effects[answer["effect"]] += 1
        for obligation in answer["obligations"]:
            if chance.random() < 0.96:
                _confirm(client, answer["ref"], obligation["id"], chance)
    return effects


def _confirm(client: Client, ref: str, obligation: str, chance: random.Random) -> None:
    """Say what the enforcing system did: nearly always that it was done."""
    client.post(
        f"/v1/decisions/{ref}/outcomes",
        {
            "obligation": obligation,
            "status": "done" if chance.random() < 0.98 else "failed",
            "enforced_at": _rfc3339(datetime.now(UTC)),
            "enforced_by": "core-auth (demonstration)",
        },
    )
