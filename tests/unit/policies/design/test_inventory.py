"""Algorithms and key lengths in people's words, and what speaks against them."""
# SPDX-License-Identifier: Apache-2.0

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.design import ALGORITHMS, inventory_of, uses_in
from policies.documents import read_designs
from policies.packs import load_pack
from tests.support.documents import designs


def told(text: str) -> list[tuple[str, int | None, str]]:
    """Return each algorithm of a text with its measure and the warning on it."""
    return [
        (use.algorithm.id, use.amount, use.warning.id if use.warning else "")
        for use in uses_in(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RSA 1024", [("rsa", 1024, "rsa-short")]),
        ("RSA-2047", [("rsa", 2047, "rsa-short")]),
        ("RSA-2048", [("rsa", 2048, "rsa-ageing")]),
        ("RSA 3000 bits", [("rsa", 3000, "")]),
        ("RSA-PSS with SHA-256, 3072 bits", [("rsa", 3072, ""), ("sha-256", None, "")]),
        ("RSA", [("rsa", None, "")]),
        (
            "ECDSA P-256 with SHA-256",
            [("ecdsa", 256, ""), ("p-256", 256, ""), ("sha-256", None, "")],
        ),
        ("ECDSA secp192r1", [("ecdsa", 192, "curve-short"), ("p-192", 192, "curve-short")]),
        ("P-224", [("p-224", 224, "curve-ageing")]),
        ("ECDH 249 bits", [("ecdh", 249, "curve-ageing")]),
        ("ECDH 250 bits", [("ecdh", 250, "")]),
        ("AES-128-GCM", [("aes", 128, "")]),
        ("aes gcm 256 bits", [("aes", 256, "")]),
        ("AES-ECB, 256 bit", [("aes", 256, ""), ("ecb", None, "ecb")]),
        ("AES 64 bits", [("aes", 64, "aes-short")]),
        ("3DES", [("3des", None, "3des")]),
        ("Triple DES, 168 bits", [("3des", None, "3des")]),
        ("DES-EDE3", [("3des", None, "3des")]),
        ("DES", [("des", None, "des")]),
        ("SHA1", [("sha-1", None, "sha-1")]),
        ("HMAC-SHA-1", [("hmac-sha-1", None, "hmac-sha-1")]),
        ("SHA-224", [("sha-224", None, "sha-224")]),
        ("DSA 3072", [("dsa", 3072, "dsa")]),
        ("DSA 1024", [("dsa", 1024, "rsa-short")]),
        ("DH 2048", [("diffie-hellman", 2048, "dh-ageing")]),
        ("ECDSA secp224k1", [("ecdsa", 224, "curve-ageing"), ("secp224k1", 224, "curve-ageing")]),
        ("PBKDF2-HMAC-SHA512 220 000 rounds", [("pbkdf2-sha-512", 220_000, "")]),
        (
            "PBKDF2 with SHA-512, 210 000 rounds",
            [("pbkdf2-sha-512", 210_000, "pbkdf2-sha-512-fast")],
        ),
        ("PBKDF2-HMAC-SHA1 1 000 000 rounds", [("pbkdf2-sha-1", 1_000_000, "pbkdf2-sha-1-fast")]),
        ("PBKDF2-HMAC-SHA1 2 000 000 rounds", [("pbkdf2-sha-1", 2_000_000, "hmac-sha-1")]),
        ("SHA-128", []),
        ("MD5 and RC4", [("md5", None, "md5"), ("rc4", None, "rc4")]),
        ("PBKDF2 600 000 rounds", [("pbkdf2", 600_000, "")]),
        ("PBKDF2, 599,999 iterations", [("pbkdf2", 599_999, "pbkdf2-fast")]),
        (
            "PBKDF2 with AES, 1000 rounds, 128 bits",
            [("pbkdf2", 1000, "pbkdf2-fast"), ("aes", 128, "")],
        ),
        (
            "PBKDF2 with SHA-256 600 000 rounds",
            [("pbkdf2", 600_000, ""), ("sha-256", None, "")],
        ),
        ("TLS 1.3 with pinned key", [("tls-1.3", None, "")]),
        ("TLSv1.0", [("tls-1.0", None, "tls-old")]),
        ("SSLv3", [("ssl", None, "ssl")]),
        ("hardware security module", []),
        (
            "RSA 2048 bits and RSA 1024 bits",
            [("rsa", 2048, "rsa-ageing"), ("rsa", 1024, "rsa-short")],
        ),
        ("AES AES", [("aes", None, "")]),
    ],
)
def test_words_are_understood(text: str, expected: list[tuple[str, int | None, str]]) -> None:
    assert told(text) == expected


def test_a_length_that_is_left_out_is_told_and_never_good() -> None:
    (rsa,) = uses_in("RSA with padding")
    (aes,) = uses_in("AES-256")

    assert (rsa.is_unstated, rsa.warning) == (True, None)
    assert (aes.is_unstated, aes.measure, aes.source) == (False, "bits", None)


def test_a_warning_names_its_source() -> None:
    (use,) = uses_in("SHA-1")

    assert use.source is not None
    assert use.source.title.startswith("NIST SP 800-131A")
    assert use.source.url.startswith("https://")


def test_a_citation_has_the_place_and_says_what_nobody_has_confirmed() -> None:
    (sha_1,) = uses_in("SHA-1")
    (p_224,) = uses_in("P-224")
    (aes,) = uses_in("AES-256")

    assert sha_1.citation.endswith("(March 2019), section 9")
    assert p_224.citation.endswith("(version 2023-01), not confirmed")
    assert aes.citation == ""


def test_every_source_names_its_edition() -> None:
    assert all(
        re.search(r"\((?:.* )?20\d\d.*\)|\(version 20", each.title)
        for each in ALGORITHMS.sources.values()
    )


def test_the_inventory_has_what_a_design_states_and_says_what_is_not_known() -> None:
    components = [
        {"id": "app", "class": "app", "technology": "native"},
        {"id": "key", "class": "key_store", "algorithm": "ACME cipher", "parameters": "9 turns"},
        {"id": "push", "class": "channel", "technology": "TLS 1.0"},
        {"id": "server", "class": "server", "algorithm": "RSA"},
        {"id": "phone-os", "class": "operating_system", "parameters": "patched"},
    ]

    items = {
        item.component.id: item
        for item in inventory_of(read_designs(designs(components=components)))
    }

    assert [*items] == ["key", "push", "server", "phone-os"]
    assert (items["key"].is_unknown, items["key"].uses) == (True, ())
    assert [use.algorithm.id for use in items["push"].warnings] == ["tls-1.0"]
    assert [use.algorithm.id for use in items["server"].unstated] == ["rsa"]
    assert not items["phone-os"].is_unknown


@pytest.mark.parametrize("name", ["design-demo", "design-one-phone"])
def test_the_ready_designs_are_without_warnings(name: str) -> None:
    items = inventory_of(read_designs(load_pack(name)))

    assert items
    assert not [item for item in items if item.warnings or item.unstated or item.is_unknown]


def test_the_list_is_whole_and_every_entry_is_reached() -> None:
    ids = [algorithm.id for algorithm in ALGORITHMS.algorithms]
    warned = {id_ for warning in ALGORITHMS.warnings for id_ in warning.algorithms}

    assert len(ids) == len({*ids})
    assert warned <= {*ids}
    assert {warning.source for warning in ALGORITHMS.warnings} == {*ALGORITHMS.sources}
    for algorithm in ALGORITHMS.algorithms:
        for name in algorithm.names:
            assert [use.algorithm for use in uses_in(name)] == [algorithm], name
    measured = {id_.id for id_ in ALGORITHMS.algorithms if id_.measure or id_.curve_bits}
    assert {
        id_ for warning in ALGORITHMS.warnings if warning.below for id_ in warning.algorithms
    } <= measured


@given(text=st.text(max_size=300))
def test_whatever_a_design_says_is_read(text: str) -> None:
    assert uses_in(text) == uses_in(text.upper()) or not text.isascii()
