"""The attestation extension: what is refused, and what is not kept."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import pytest

from compliance.evidence.demonstration import DeviceState, attestation_extension, der
from compliance.evidence.providers.android_key_attestation.key_description import (
    MAX_SIZE,
    KeyDescriptionError,
    RootOfTrust,
    read_key_description,
)
from tests.support.attestation import AT, CHALLENGE

LOCKED = der.sequence(
    [der.octets(b"key"), der.boolean(value=True), der.enumerated(0), der.octets(b"hash")]
)
LOCKED_WITHOUT_HASH = der.sequence([der.octets(b"key"), der.boolean(value=True), der.enumerated(0)])


def extension(
    hardware: Sequence[bytes] = (),
    *,
    version: int = 300,
    level: int = 1,
    challenge: bytes = CHALLENGE,
    more: Sequence[bytes] = (),
) -> bytes:
    fields = [
        der.integer(version),
        der.enumerated(level),
        der.integer(version),
        der.enumerated(level),
        der.octets(challenge),
        der.octets(b"unique"),
        der.sequence([]),
        der.sequence(hardware),
    ]
    return der.sequence([*fields, *more])


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(KeyDescriptionError) as caught:
        read_key_description(data)
    return caught.value.reason, str(caught.value)


def test_an_extension_is_read_field_by_field() -> None:
    state = DeviceState(device_locked=False, verified_boot_state="FAILED", os_patch_level=202601)
    key = read_key_description(attestation_extension(state, challenge=CHALLENGE, at=AT))

    assert key.challenge == CHALLENGE
    assert key.security_level == key.key_mint_security_level == "TRUSTED_ENVIRONMENT"
    assert key.hardware_enforced["osPatchLevel"] == 202601
    assert key.hardware_enforced["purpose"] == (2,)
    root = key.hardware_enforced["rootOfTrust"]
    assert isinstance(root, RootOfTrust)
    assert (root.device_locked, root.verified_boot_state) == (False, "FAILED")


@pytest.mark.parametrize("tag", [502, 601, *range(710, 718), 723])
def test_what_names_a_device_or_person_is_read_over(tag: int) -> None:
    key = read_key_description(extension([der.explicit(tag, der.octets(b"356938035643809"))]))

    assert key.hardware_enforced == {}
    assert "3569" not in repr(key)
    assert "unique" not in repr(key)


def test_an_unknown_tag_of_a_known_version_is_refused() -> None:
    data = extension([der.explicit(799, der.null())], version=400)

    assert refusal(data) == ("UNKNOWN_TAG_NUMBER", "unknown tag 799")


def test_an_unknown_tag_of_a_later_version_is_counted() -> None:
    key = read_key_description(extension([der.explicit(799, der.null())], version=500))

    assert key.unknown_tags == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected one element"),
        (b"\x30\x00", "expected 8 fields, found 0"),
        (extension() + b"\x00", "cut off"),
        (extension() + der.null(), "expected one element, found 2"),
        (extension(more=[der.null()]), "expected 8 fields, found 9"),
        (extension(level=3), "unknown security level 3"),
        (extension(challenge=bytes(1025)), "challenge has more than 1024 bytes"),
        (extension([der.null()]), "explicitly tagged"),
        (extension([der.explicit(503, der.null())] * 2), "tag 503 stands twice"),
        (extension([der.explicit(503, b"")]), "tag 503: expected one value, found 0"),
        (extension([der.explicit(503, der.boolean(value=True))]), "expected universal tag 5"),
        (extension([der.explicit(706, der.octets(b"202601"))]), "expected universal tag 2"),
        (extension([der.explicit(702, der.integer(5))]), "unknown origin 5"),
        (extension([der.explicit(704, der.sequence([]))]), "rootOfTrust: expected 4 fields"),
        (extension([der.explicit(704, LOCKED_WITHOUT_HASH)]), "rootOfTrust: expected 4 fields"),
        (
            extension([der.explicit(704, LOCKED.replace(b"\x01\x01\xff", b"\x01\x01\x01"))]),
            "a BOOLEAN must be 00 or FF",
        ),
        (
            extension([der.explicit(704, LOCKED.replace(b"\x0a\x01\x00", b"\x0a\x01\x04"))]),
            "unknown verified boot state 4",
        ),
        (extension([der.explicit(709, der.octets(b""))]), "expected one element"),
        (
            extension([der.explicit(709, der.octets(der.sequence([der.set_of([])])))]),
            "attestationApplicationId: expected 2 fields, found 1",
        ),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(data: bytes, message: str) -> None:
    reason, said = refusal(data)

    assert reason == "malformed_extension"
    assert message in said


def test_an_extension_is_bounded_in_size() -> None:
    assert refusal(bytes(MAX_SIZE + 1)) == ("malformed_extension", "more than 8192 bytes")


@pytest.mark.parametrize("version", [1, 2])
def test_early_versions_have_no_boot_hash(version: int) -> None:
    data = extension([der.explicit(704, LOCKED_WITHOUT_HASH)], version=version)
    root = read_key_description(data).hardware_enforced["rootOfTrust"]

    assert isinstance(root, RootOfTrust)
    assert root.verified_boot_hash is None


def package(name: bytes, version: int = 1) -> bytes:
    return der.sequence([der.octets(name), der.integer(version)])


def application(packages: Sequence[bytes], signatures: Sequence[bytes] = ()) -> bytes:
    content = der.sequence([der.set_of(packages), der.set_of(signatures)])
    return extension([der.explicit(709, der.octets(content))])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (application([der.sequence([der.octets(b"a")])]), "package: expected 2 fields"),
        (application([package(b"\xff")]), "package: expected UTF-8"),
        (application([package(b"a" * 256)]), "package: more than 255 bytes"),
        (application([package(b"a")] * 33), "more than 32 entries"),
        (application([], [der.octets(b"a")] * 33), "more than 32 entries"),
        (application([], [der.null()]), "expected universal tag 4"),
    ],
)
def test_an_application_id_that_the_schema_does_not_allow_is_refused(
    data: bytes, message: str
) -> None:
    assert message in refusal(data)[1]
