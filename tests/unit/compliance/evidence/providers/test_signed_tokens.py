"""How signed tokens are read and verified. All of them are synthetic."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from joserfc.jwk import ECKey

from compliance.evidence.providers.signed_tokens import (
    TokenError,
    TokenFlaw,
    read_object,
    read_token,
    verify_token,
)
from compliance.evidence.providers.trusted_keys import (
    ELLIPTIC_ALGORITHMS,
    RSA_ALGORITHMS,
    TrustedKey,
    read_keys,
    read_name,
    read_secret,
)
from policies.documents import Problem
from tests.support.signed_tokens import SECRET, b64url, jwk_of, key_of, signed

ALL = ELLIPTIC_ALGORITHMS | RSA_ALGORITHMS


def keys_of(*jwks: Any) -> tuple[TrustedKey, ...]:
    problems: list[Problem] = []
    keys = read_keys(list(jwks), "/keys", problems, algorithms=ALL)

    assert problems == []
    return keys


def problems_of(*jwks: Any, **more: Any) -> list[Problem]:
    problems: list[Problem] = []
    read_keys(list(jwks), "/keys", problems, **({"algorithms": ALL} | more))
    return problems


def flaw_of(text: str, *keys: TrustedKey) -> TokenFlaw:
    with pytest.raises(TokenError) as caught:
        verify_token(read_token(text, max_size=8192), keys)
    return caught.value.flaw


@pytest.mark.parametrize("algorithm", sorted(ALL))
def test_each_algorithm_is_verified_with_a_key_of_its_type(algorithm: str) -> None:
    (key,) = keys_of(jwk_of(algorithm))

    token = read_token(signed({"a": 1}, algorithm=algorithm), max_size=8192)

    assert verify_token(token, [key]) is key
    assert token.payload == b'{"a": 1}'


def test_a_key_with_an_algorithm_is_for_that_one_alone() -> None:
    (key,) = keys_of(jwk_of("RS256", alg="RS256"))

    assert flaw_of(signed({}, algorithm="PS256", key=key_of("RS256")), key) is TokenFlaw.ALGORITHM


def test_a_public_key_is_never_the_secret_of_a_mac() -> None:
    (key,) = keys_of(jwk_of("RS256"))
    forged = signed({}, algorithm="HS256")

    assert flaw_of(forged, key) is TokenFlaw.ALGORITHM


@pytest.mark.parametrize("algorithm", ["none", "NONE", "", "ES256K", "ES512", "HS512", None, 5, []])
def test_no_other_algorithm_is_known(algorithm: object) -> None:
    (key,) = keys_of(jwk_of("ES256"))

    assert flaw_of(signed({}, alg=algorithm), key) is TokenFlaw.ALGORITHM


def test_without_a_signature_nothing_is_verified() -> None:
    (key,) = keys_of(jwk_of("ES256"))
    text = signed({})

    assert flaw_of(text[: text.rindex(".") + 1], key) is TokenFlaw.SIGNATURE


def test_the_key_is_found_by_name_or_tried_where_either_has_none() -> None:
    first, second = keys_of(jwk_of("ES256", kid="a"), jwk_of("ES256", number=1, kid="b"))
    (nameless,) = keys_of(jwk_of("ES256", number=1))

    def found(text: str, *keys: TrustedKey) -> TrustedKey:
        return verify_token(read_token(text, max_size=8192), keys)

    assert found(signed({}, number=1), first, second) is second
    assert found(signed({}, number=1, kid="b"), first, second) is second
    assert found(signed({}, number=1, kid="c"), first, nameless) is nameless
    assert flaw_of(signed({}, number=1, kid="a"), first, second) is TokenFlaw.SIGNATURE
    assert flaw_of(signed({}, kid="c"), first, second) is TokenFlaw.UNKNOWN_KEY


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}, {"zip": "D"}]
)
def test_headers_that_change_what_is_signed_are_refused(header: dict[str, Any]) -> None:
    (key,) = keys_of(jwk_of("ES256"))

    assert flaw_of(signed({}, **header), key) is TokenFlaw.CRITICAL_HEADER


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "a.b", "a.b.c.d", "e30..", "e30.e30", "W10.e30.e30"),
        *("e30=.e30.e30", "e3 0.e30.e30", "e30.e31.e30", "e30.e30.é", "e\u03030.e30.e30"),
        f"{b64url(b'[' * 600)}.e30.e30",
        f"{b64url(b'{' * 600)}.e30.e30",
        b64url(b'{"alg": "ES256", "alg": "none"}') + ".e30.e30",
        f"{b64url(b'{' + b' ' * 4096 + b'}')}.e30.e30",
    ],
)
def test_what_is_no_token_is_malformed(text: str) -> None:
    with pytest.raises(TokenError) as caught:
        verify_token(read_token(text, max_size=8192), [])

    assert caught.value.flaw in {TokenFlaw.MALFORMED, TokenFlaw.UNKNOWN_KEY}


def test_a_token_is_bounded() -> None:
    with pytest.raises(TokenError):
        read_token(signed({}), max_size=20)


def test_there_is_one_text_for_one_signature() -> None:
    (key,) = keys_of(jwk_of("ES256"))
    text = signed({})
    loose = [f"{text[:-1]}{last}" for last in "AQgwBCDEFG" if last != text[-1]]

    assert {flaw_of(each, key) for each in loose} <= {TokenFlaw.MALFORMED, TokenFlaw.SIGNATURE}


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"1", b"{", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b"\xff"),
        *(b'{"a": 1, "a": 2}', b'{"a": {"b": 1, "b": 2}}', b'{"a": ' + b"9" * 5000 + b"}"),
        b'{"a": ' + b"[" * 400 + b"]" * 400 + b"}x",
    ],
)
def test_what_is_no_object_of_json_is_malformed(data: bytes) -> None:
    with pytest.raises(TokenError):
        read_object(data)


def test_keys_that_cannot_be_used_are_told() -> None:
    good = jwk_of("ES256", kid="a")

    assert problems_of(good) == []
    assert [each.pointer for each in problems_of(good, good)] == ["/keys/1"]
    assert problems_of(*[good] * 17)[0].pointer == "/keys"


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        {},
        {"kty": "oct", "k": b64url(SECRET)},
        {"kty": ["EC"]},
        key_of("ES256").as_dict(private=True),
        key_of("RS256").as_dict(private=True),
        jwk_of("ES256", use="enc"),
        jwk_of("ES256", key_ops=["encrypt"]),
        jwk_of("ES256", key_ops=5),
        jwk_of("ES256", kid=""),
        jwk_of("ES256", kid=5),
        jwk_of("ES256", alg="ES384"),
        jwk_of("ES256", alg=["ES256"]),
        jwk_of("ES256", crv="secp256k1"),
        jwk_of("ES256", x="AA"),
        jwk_of("ES256", x="é"),
        jwk_of("ES256", y=None),
        jwk_of("ES256", crv="Ed25519"),
        jwk_of("EdDSA", crv="P-256"),
        jwk_of("EdDSA", x="AA"),
        jwk_of("RS256", n="AQAB"),
        jwk_of("RS256", e="AA"),
        jwk_of("RS256", n="_" * 4000),
    ],
)
def test_what_is_no_public_key_for_signatures_is_told(jwk: Any) -> None:
    (problem,) = problems_of(jwk)

    assert problem.pointer == "/keys/0"


def test_a_key_of_rsa_that_is_too_short_or_too_long_is_told() -> None:
    for size in (1024, 8200):
        number = (1 << size) - 1  # no modulus that anybody would use, and of that size
        jwk = jwk_of("RS256", n=b64url(number.to_bytes(size // 8, "big")))
        (problem,) = problems_of(jwk)
        assert problem.detail == "expected RSA of 2048 to 8192 bits"


def test_a_key_is_shown_without_what_it_holds() -> None:
    problems: list[Problem] = []
    key = read_secret(b64url(SECRET), "/secret", problems)

    assert problems == []
    assert repr(key) == "TrustedKey(kid=None, owner='')"
    assert key is not None
    assert key.algorithms == {"HS256"}


@pytest.mark.parametrize(
    "secret",
    [None, 5, "", "!", "é", "AAAA", b64url(b"a" * 31), b64url(b"a" * 1025), "A" * 3000],
)
def test_what_is_no_secret_is_told_without_it(secret: Any) -> None:
    problems: list[Problem] = []

    assert read_secret(secret, "/secret", problems) is None
    assert [problem.pointer for problem in problems] == ["/secret"]


def test_a_public_key_is_no_secret() -> None:
    problems: list[Problem] = []
    key = key_of("ES256")
    assert isinstance(key, ECKey)
    pem = key.as_pem(private=False)

    assert read_secret(b64url(pem), "/secret", problems) is None
    assert "not a public key" in problems[0].detail


@pytest.mark.parametrize("name", [None, "", "a\nb", "x" * 257, 5])
def test_a_name_is_short_and_printable(name: Any) -> None:
    problems: list[Problem] = []

    assert read_name(name, "/iss", problems) is None
    assert len(problems) == 1
