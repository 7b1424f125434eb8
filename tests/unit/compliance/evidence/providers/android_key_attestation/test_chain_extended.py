"""Chains that were lengthened, or in which the attested key does not stand where it must."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.demonstration.authority import Issuer
from compliance.evidence.providers.android_key_attestation.chain import (
    ChainError,
    Reason,
    VerifiedChain,
    verify_chain,
)
from compliance.evidence.providers.android_key_attestation.roots import KnownRoot
from tests.support.attestation import (
    AT,
    EXTENSION,
    FACTORY,
    ORDINARY,
    PROVISIONED,
    anchor_of,
    anchored,
    authority,
    der_of,
    issuer,
    leaf_under,
)

FAKE, FOR_KEY = Reason.EXTENDED_WITH_FAKE, Reason.EXTENDED_FOR_KEY
MISSING = Reason.TARGET_MISSING
ROOT = issuer()


def chain_under(issuers: Sequence[Issuer], *leaves: bytes | None) -> list[bytes]:
    """A chain under `issuers` (root first): attested keys, each certified by the one before it.

    For each an extension, or None where its certificate has none.
    """
    chain = [der_of(one) for one in issuers]
    parent = issuers[-1]
    for extension in leaves:
        key = ec.generate_private_key(ec.SECP256R1())
        der = leaf_under(parent, extension, key=key.public_key())
        parent = Issuer(key, x509.load_der_x509_certificate(der))
        chain.append(der)
    return chain[::-1]


def issuers(*shape: str) -> list[Issuer]:
    """A root and issuers below it, by a word for each."""
    made = [ROOT]
    for word in shape:
        made.append(
            issuer(
                made[-1],
                subject=FACTORY if word == "factory" else ORDINARY,
                provisioned=PROVISIONED if word == "provisioned" else None,
            )
        )
    return made


def verified(chain: Sequence[bytes], *, known: bool) -> VerifiedChain:
    anchor = anchored(ROOT)
    roots = {anchor.public_key_digest: KnownRoot("a known root", factory=True)} if known else {}
    return verify_chain(chain, anchors=() if known else [anchor], at=AT, known=roots)


def refusal(chain: Sequence[bytes], *, known: bool) -> tuple[Reason, int]:
    with pytest.raises(ChainError) as caught:
        verified(chain, known=known)
    return caught.value.reason, caught.value.position


SHAPES = {
    "remote": ("ordinary", "ordinary", "provisioned"),
    "factory": ("factory", "factory"),
    "unnamed factory": ("ordinary", "ordinary"),
    "software": ("ordinary",),
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_chains_of_every_shape_verify(shape: tuple[str, ...], *, known: bool) -> None:
    assert verified(chain_under(issuers(*shape), EXTENSION), known=known).extension == EXTENSION


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_attested_key_certifies_nothing(shape: tuple[str, ...], *, known: bool) -> None:
    made = issuers(*shape)

    assert refusal(chain_under(made, EXTENSION, EXTENSION), known=known) == (FAKE, 0)
    assert refusal(chain_under(made, EXTENSION, None), known=known) == (FOR_KEY, 0)
    assert refusal(chain_under(made, EXTENSION, None, EXTENSION), known=known) == (FOR_KEY, 1)
    assert refusal(chain_under(made, EXTENSION, EXTENSION, EXTENSION), known=known) == (FAKE, 1)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_leaf_must_carry_the_extension(shape: tuple[str, ...], *, known: bool) -> None:
    assert refusal(chain_under(issuers(*shape), None), known=known) == (MISSING, 0)


@pytest.mark.parametrize(
    ("shape", "known"),
    [
        (SHAPES["remote"], True),
        (SHAPES["remote"], False),  # the provisioning information tells, whatever the root
        (SHAPES["factory"], True),
    ],
)
def test_an_unattested_key_of_the_device_certifies_nothing(
    shape: tuple[str, ...], *, known: bool
) -> None:
    chain = chain_under(issuers(*shape), None, EXTENSION)

    assert refusal(chain, known=known) == (MISSING, 1)


def test_under_a_known_root_a_longer_chain_needs_provisioning_information() -> None:
    chain = chain_under(issuers("ordinary", "ordinary", "ordinary"), EXTENSION)

    assert refusal(chain, known=True) == (MISSING, 2)
    assert verified(chain, known=False)


def test_an_issuer_must_not_carry_the_extension() -> None:
    *above, _batch = issuers("ordinary", "ordinary", "provisioned")
    key = ec.generate_private_key(ec.SECP256R1())
    attested = x509.load_der_x509_certificate(leaf_under(above[-1], key=key.public_key()))
    below = issuer(Issuer(key, attested), provisioned=PROVISIONED)

    chain = chain_under([*above, Issuer(key, attested), below], EXTENSION)

    assert refusal(chain, known=True) == (FOR_KEY, 1)


def test_provisioning_information_of_the_devices_own_making_hides_no_lengthening() -> None:
    made = issuers("ordinary", "ordinary", "provisioned")
    own = issuer(made[-1], provisioned=PROVISIONED)

    assert refusal(chain_under([*made, own], EXTENSION), known=True) == (MISSING, 1)


def test_a_registered_copy_of_a_known_root_need_not_stand_in_the_chain() -> None:
    anchor = anchored(ROOT)
    known = {anchor.public_key_digest: KnownRoot("a known root", factory=True)}
    chain = chain_under(issuers("factory", "factory"), EXTENSION)[:-1]

    assert verify_chain(chain, anchors=[anchor], at=AT, known=known).root.label == "a known root"


def test_the_demonstrations_devices_are_no_exception() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    genuine = authority().chain_for(key.public_key(), EXTENSION, level="TRUSTED_ENVIRONMENT")
    as_issuer = Issuer(key, x509.load_der_x509_certificate(genuine[0]))

    with pytest.raises(ChainError, match="CHAIN_EXTENDED_WITH_FAKE"):
        verify_chain(
            [leaf_under(as_issuer), *genuine], anchors=[anchor_of(authority().root_pem)], at=AT
        )
