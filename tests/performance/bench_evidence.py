"""Appraisals per second on one core; run with `python -m tests.performance.bench_evidence`.

Chains are of devices that were not seen before: a new leaf each, under issuers that come again and
again (as within one batch) and, in the second figure, under issuers that are new as well. Every chain
is verified in full and read to its findings; a run counts only if all of them verified.
"""
# SPDX-License-Identifier: Apache-2.0

import random
import sys
from collections.abc import Sequence
from time import perf_counter

from compliance.evidence.appraisal import appraise
from compliance.evidence.demonstration import (
    DemonstrationAuthority,
    DeviceState,
    create_issuers,
    freerasp_report,
)
from compliance.evidence.providers.freerasp_names import THREATS
from compliance.evidence.providers.shape import Evidence, Mode, TrustMaterial
from tests.performance.reported_items import reported_items, reported_trust
from tests.support import app_attest
from tests.support.attestation import AT, CHALLENGE, anchor_of, authority, evidence_of, trust
from tests.support.play import NONCE, raw, token, trust_of

CHAINS = 2_000
AUTHORITIES = 150
REPORTS = 50_000
ROUNDS = 3


def rate(items: Sequence[Evidence], against: TrustMaterial) -> float:
    """Return appraisals per second: the best of some rounds, since neighbours only slow us down."""
    best = 0.0
    for _ in range(ROUNDS):
        start = perf_counter()
        for item in items:
            appraise([item], trust=against, at=AT)
        best = max(best, len(items) / (perf_counter() - start))
    return best


def known_issuers() -> float:
    """Return chains per second where only the leaf is new."""
    items = [
        evidence_of(authority().attest(DeviceState(), challenge=CHALLENGE, at=AT))
        for _ in range(CHAINS)
    ]
    _check(items, trust())
    return rate(items, trust())


def new_issuers() -> float:
    """Return chains per second where no certificate was seen before, the root included."""
    start_cost = 0.0
    for _ in range(AUTHORITIES):
        other = DemonstrationAuthority(create_issuers())
        item = evidence_of(other.attest(DeviceState(), challenge=CHALLENGE, at=AT))
        against = TrustMaterial(anchors=(anchor_of(other.root_pem),))
        start = perf_counter()
        (appraisal,) = appraise([item], trust=against, at=AT)
        start_cost += perf_counter() - start
        assert appraisal.verified
    return AUTHORITIES / start_cost


def reports() -> float:
    """Return freeRASP reports per second, with none to three threats each."""
    chance = random.Random(9)
    names = [threat.name for threat in THREATS]
    items = [
        Evidence(
            "freerasp",
            Mode.REPORTED,
            freerasp_report(chance.sample(names, chance.randrange(4)), finished=True),
            {},
            AT,
        )
        for _ in range(REPORTS)
    ]
    return rate(items, TrustMaterial())


def assertions() -> float:
    """Return assertions of App Attest per second, each of a device that was not seen before."""
    items = []
    for _ in range(CHAINS):
        key = app_attest.new_key()
        public_key = app_attest.b64(app_attest.point(key))
        items.append(
            app_attest.evidence(
                "assertion", app_attest.assert_with(key), public_key=public_key, last_counter="0"
            )
        )
    _check(items, TrustMaterial())
    return rate(items, TrustMaterial())


def attestations() -> float:
    """Return attestations of App Attest per second, each with its receipt, of new devices."""
    items = [app_attest.evidence("attestation", app_attest.attest()) for _ in range(CHAINS)]
    against = app_attest.trust()
    _check(items, against)
    return rate(items, against)


def play_tokens() -> float:
    """Return Play Integrity tokens per second, each opened, verified and read with the PSP's own keys."""
    items = [raw(token(), nonce=NONCE) for _ in range(CHAINS)]
    _check(items, trust_of())
    return rate(items, trust_of())


def _check(items: Sequence[Evidence], against: TrustMaterial) -> None:
    """Stop if what is timed is not what should be."""
    if not all(appraisal.verified for appraisal in appraise(items, trust=against, at=AT)):
        sys.exit("a piece of evidence did not verify")


def main() -> None:
    """Print the figures."""
    print(f"figure evidence.per_s.android_key_attestation {known_issuers():.0f} 1/s")
    print(f"figure evidence.per_s.android_key_attestation_new_issuers {new_issuers():.0f} 1/s")
    print(f"figure evidence.per_s.apple_app_attest {assertions():.0f} 1/s")
    print(f"figure evidence.per_s.apple_app_attest_attestation {attestations():.0f} 1/s")
    print(f"figure evidence.per_s.play_integrity {play_tokens():.0f} 1/s")
    print(f"figure evidence.per_s.freerasp {reports():.0f} 1/s")
    for kind, items in reported_items(REPORTS).items():
        print(f"figure evidence.per_s.{kind} {rate(items, reported_trust()):.0f} 1/s")


if __name__ == "__main__":
    main()
