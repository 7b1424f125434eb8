"""Chains: links, roots, dates, and where the attestation extension stands."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from compliance.evidence.demonstration import (
    DemonstrationAuthority,
    DeviceState,
    create_issuers,
)
from compliance.evidence.demonstration.authority import Issuer
from compliance.evidence.providers.android_key_attestation.chain import (
    ChainError,
    Reason,
    VerifiedChain,
    verify_chain,
)
from compliance.evidence.providers.android_key_attestation.roots import KnownRoot
from compliance.evidence.providers.shape import Anchor
from tests.support.attestation import (
    AT,
    CHALLENGE,
    FACTORY,
    ORDINARY,
    PROVISIONED,
    anchor_of,
    anchored,
    authority,
    chain_of,
    der_of,
    issuer,
    leaf_under,
)


def anchors() -> tuple[Anchor, ...]:
    return (anchor_of(authority().root_pem),)


def verified(
    chain: Sequence[bytes], *, trusted: Sequence[Anchor] | None = None, at: datetime = AT
) -> VerifiedChain:
    return verify_chain(chain, anchors=anchors() if trusted is None else trusted, at=at)


def refusal(
    chain: Sequence[bytes], *, trusted: Sequence[Anchor] | None = None, at: datetime = AT
) -> tuple[Reason, int]:
    with pytest.raises(ChainError) as caught:
        verified(chain, trusted=trusted, at=at)
    return caught.value.reason, caught.value.position


def test_a_chain_leads_to_the_registered_root_and_names_it() -> None:
    chain = verified(chain_of())

    assert chain.root.label == "a root of tests"
    assert chain.root.demonstration
    assert chain.extension


def test_a_registered_root_need_not_stand_in_the_chain() -> None:
    assert not verified(chain_of()[:-1]).root.in_chain


def test_a_root_that_is_not_registered_is_not_trusted() -> None:
    assert refusal(chain_of(), trusted=()) == (Reason.ROOT_UNKNOWN, 3)


def test_another_root_with_the_same_name_is_not_trusted() -> None:
    other = DemonstrationAuthority(create_issuers())

    assert refusal(other.attest(DeviceState(), challenge=CHALLENGE, at=AT)) == (
        Reason.ROOT_UNKNOWN,
        3,
    )


def test_the_trusted_root_put_behind_a_foreign_chain_does_not_help() -> None:
    other = DemonstrationAuthority(create_issuers()).attest(
        DeviceState(), challenge=CHALLENGE, at=AT
    )

    assert refusal([*other[:-1], chain_of()[-1]]) == (Reason.LINK, 2)


def test_the_trusted_key_in_a_certificate_that_it_did_not_sign_is_no_root() -> None:
    root = issuer()
    forged_by = ec.generate_private_key(ec.SECP256R1())
    forged = (
        x509.CertificateBuilder()
        .subject_name(ORDINARY)
        .issuer_name(ORDINARY)
        .public_key(root.key.public_key())
        .serial_number(5)
        .not_valid_before(AT)
        .not_valid_after(AT + timedelta(days=1))
        .sign(forged_by, hashes.SHA256())
    )
    chain = [leaf_under(root), forged.public_bytes(Encoding.DER)]

    assert refusal(chain, trusted=[anchored(root)]) == (Reason.ROOT_UNKNOWN, 1)


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 1, 3), (0, 2, 3), (0, 1, 3), (3, 2, 1, 0)])
def test_a_chain_out_of_order_or_with_a_gap_does_not_verify(order: tuple[int, ...]) -> None:
    chain = chain_of()

    assert refusal([chain[index] for index in order])[0] is Reason.LINK


def test_one_certificate_is_no_chain() -> None:
    assert refusal(chain_of()[:1]) == (Reason.TOO_SHORT, 0)


@pytest.mark.parametrize("position", [0, 1, 2, 3])
def test_bytes_that_are_no_certificate_are_named_by_position(position: int) -> None:
    chain = chain_of()
    chain[position] = b"\x30\x03\x02\x01\x00"

    assert refusal(chain) == (Reason.UNREADABLE, position)


def test_dates_count_at_the_time_that_is_asked_for() -> None:
    root = issuer(days=(-10, 10))
    batch = issuer(root, days=(-5, 5))
    chain = [leaf_under(batch), der_of(batch), der_of(root)]
    trusted = [anchored(root)]

    assert verified(chain, trusted=trusted)
    assert refusal(chain, trusted=trusted, at=AT + timedelta(days=6)) == (Reason.EXPIRED, 1)
    assert refusal(chain, trusted=trusted, at=AT - timedelta(days=6)) == (Reason.NOT_YET_VALID, 1)


def test_the_dates_of_a_pinned_root_do_not_count() -> None:
    root = issuer(days=(-10, -9))
    batch = issuer(root)
    chain = [leaf_under(batch), der_of(batch), der_of(root)]

    assert verified(chain, trusted=[anchored(root)]).expired == 0


@pytest.mark.parametrize(
    ("factory", "subject", "provisioned", "passes"),
    [
        (True, FACTORY, False, True),
        (True, FACTORY, True, False),
        (True, ORDINARY, False, False),
        (False, FACTORY, False, False),
    ],
)
def test_only_certificates_from_the_factory_outlive_their_end(
    subject: x509.Name, *, factory: bool, provisioned: bool, passes: bool
) -> None:
    root = issuer()
    batch = issuer(
        root, subject=subject, days=(-10, -5), provisioned=PROVISIONED if provisioned else None
    )
    chain = [leaf_under(batch), der_of(batch), der_of(root)]
    known = {anchored(root).public_key_digest: KnownRoot("a known root", factory)}

    if passes:
        assert verify_chain(chain, anchors=(), at=AT, known=known).expired == 1
    else:
        with pytest.raises(ChainError, match="certificate_expired at certificate 1"):
            verify_chain(chain, anchors=(), at=AT, known=known)


def test_the_dates_of_the_leaf_are_no_reason_to_refuse() -> None:
    assert verified(chain_of(), at=datetime(2049, 1, 1, tzinfo=UTC)).leaf.not_after < datetime(
        2049, 1, 1, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "root",
    [
        issuer(key=ec.generate_private_key(ec.SECP384R1()), algorithm=hashes.SHA384()),
        issuer(key=rsa.generate_private_key(65537, 2048)),
    ],
    ids=["P-384", "RSA-2048"],
)
def test_issuers_may_have_other_kinds_of_keys(root: Issuer) -> None:
    assert verified([leaf_under(root), der_of(root)], trusted=[anchored(root)])


@pytest.mark.parametrize(
    "weak",
    [
        lambda parent: issuer(parent, key=rsa.generate_private_key(65537, 1024)),  # noqa: S505 - weak on purpose
        lambda parent: issuer(parent, key=ec.generate_private_key(ec.SECP192R1())),
        lambda parent: issuer(parent, algorithm=hashes.SHA224()),
    ],
    ids=["RSA-1024", "P-192", "SHA-224"],
)
def test_weak_keys_and_digests_verify_nothing(weak: Callable[[Issuer], Issuer]) -> None:
    root = issuer()
    batch = weak(root)
    chain = [leaf_under(batch), der_of(batch), der_of(root)]

    assert refusal(chain, trusted=[anchored(root)])[0] is Reason.ALGORITHM_REFUSED
