"""What a refused public key is answered with."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.evidence.public_keys import PublicKeyError, read_public_key


@pytest.mark.parametrize(("name", "shown"), [("alg2", "alg2"), ("\ud800", "…"), ("a\nb", "…")])
def test_an_unknown_member_is_named_if_it_can_be_shown(name: str, shown: str) -> None:
    with pytest.raises(PublicKeyError, match=f"unknown member `{shown}`"):
        read_public_key({"kty": "EC", name: 1})
