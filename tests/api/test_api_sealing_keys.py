"""The keys that input may be sealed to, over REST."""
# SPDX-License-Identifier: Apache-2.0

import json

from joserfc import jwe
from joserfc.jwk import ECKey

from compliance.evidence.public_keys import CONTENT
from compliance.evidence.sealing_keys import retire_sealing_key
from compliance.tenants.models import Psp
from tests.api.caller import Caller, problem_of
from tests.api.recorded import make_decision
from tests.support.factories import NOW, make_api_key, make_person, put_policy_in_force
from tests.support.sealing import TYPED, private_key, put_sealing_key, sealed_to

ADDRESS = "/v1/sealing-keys"


def test_what_is_listed_is_all_that_an_app_needs_to_seal(psp: Psp, api: Caller) -> None:
    put_sealing_key(psp)

    (item,) = json.loads(api.get(ADDRESS).content)["items"]

    header = {"alg": item["jwk"]["alg"], "enc": item["enc"], "kid": item["kid"]}
    key = ECKey.import_key(item["jwk"])
    sealed = jwe.encrypt_compact(header, TYPED, key, algorithms=[header["alg"], CONTENT])
    opened = jwe.decrypt_compact(
        sealed, private_key("P-256"), algorithms=[header["alg"], header["enc"]]
    )
    assert opened.plaintext == TYPED
    assert "d" not in item["jwk"]


def test_retired_keys_say_so(psp: Psp, api: Caller) -> None:
    put_sealing_key(psp)
    retire_sealing_key(psp=psp, kid="psp-P-256", by=make_person(psp), now=NOW)
    put_sealing_key(psp, "RSA")

    items = json.loads(api.get(ADDRESS).content)["items"]

    assert [(each["kid"], each["retired_at"] is None) for each in items] == [
        ("psp-RSA", True),
        ("psp-P-256", False),
    ]


def test_another_psp_sees_its_own_alone(psp: Psp, other_api: Caller) -> None:
    put_sealing_key(psp)

    assert json.loads(other_api.get(ADDRESS).content) == {"items": []}


def test_it_wants_a_key_that_reads_or_decides(psp: Psp, signed_out: Caller) -> None:
    for scope, status in (("read", 200), ("decide", 200), ("outcomes", 403)):
        assert Caller(make_api_key(psp, [scope])).get(ADDRESS).status_code == status
    assert problem_of(signed_out.get(ADDRESS))["code"] == "unauthenticated"


def test_the_decision_hands_the_sealed_input_back_to_readers_of_its_psp(
    psp: Psp, api: Caller, other_api: Caller
) -> None:
    put_policy_in_force(psp)
    put_sealing_key(psp)
    sealed = sealed_to("P-256")
    address = f"/v1/decisions/{make_decision(psp, sealed_input=sealed)}"

    assert json.loads(api.get(address).content)["sealed_input"] == sealed
    assert other_api.get(address).status_code == 404
    decider = Caller(make_api_key(psp, ["decide"]))
    assert problem_of(decider.get(address))["code"] == "scope-too-small"
    (item,) = json.loads(api.get("/v1/decisions").content)["items"]
    assert "sealed_input" not in item
