"""The log over REST, as a monitor reads it (C2SP tlog-tiles), and only its own PSP's."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import json

import pytest

from compliance.ledger.merkle import leaf_hash, root_of, verify_consistency
from compliance.ledger.models import Entry
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.staging import stage_json
from compliance.tenants.models import Psp
from tests.api.caller import Caller, problem_of
from tests.support.factories import NOW, make_api_key

FULL = 256
PATHS = ("", "/checkpoint", "/tile/0/000.p/1", "/tile/entries/000.p/1", "/consistency?from=1&to=1")


def grow(psp: Psp, count: int) -> None:
    """Add entries and publish a checkpoint over all of them."""
    start = Entry.objects.filter(psp=psp).count()
    for number in range(start, start + count):
        ref = f"tst_{number:026}"
        stage_json(psp=psp, kind="decision", ref=ref, body={"number": number}, now=NOW)
    sequence_log(psp=psp, now=NOW)


def entries_in(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle: each after its length in 16 bits."""
    entries = []
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2 : 2 + size])
        bundle = bundle[2 + size :]
    return entries


def size_and_root(note: bytes) -> tuple[int, bytes]:
    """Return what a checkpoint's second and third line say."""
    _origin, size, root = note.decode().split("\n")[:3]
    return int(size), base64.b64decode(root)


@pytest.fixture
def grown(psp: Psp) -> Psp:
    grow(psp, FULL + 3)
    return psp


@pytest.mark.usefixtures("grown")
def test_a_monitor_can_rebuild_the_tree_from_entries_and_tiles(api: Caller) -> None:
    full = api.get("/v1/ledger/tile/entries/000").content
    rest = api.get("/v1/ledger/tile/entries/001.p/3").content
    hashes = [leaf_hash(entry) for entry in entries_in(full) + entries_in(rest)]
    checkpoint = api.get("/v1/ledger/checkpoint")
    about = json.loads(api.get("/v1/ledger").content)

    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert size_and_root(checkpoint.content) == (FULL + 3, root_of(hashes))
    assert checkpoint.content.startswith(f"{about['origin']}\n{about['size']}\n".encode())
    assert about["vkey"].startswith(about["origin"] + "+")
    assert api.get("/v1/ledger/tile/0/000").content == b"".join(hashes[:FULL])
    assert api.get("/v1/ledger/tile/0/001.p/3").content == b"".join(hashes[FULL:])
    assert api.get("/v1/ledger/tile/1/000.p/1").content == root_of(hashes[:FULL])


def test_a_later_tree_is_proved_to_continue_an_earlier_one(psp: Psp, api: Caller) -> None:
    grow(psp, 5)
    size1, root1 = size_and_root(api.get("/v1/ledger/checkpoint").content)
    grow(psp, 6)
    size2, root2 = size_and_root(api.get("/v1/ledger/checkpoint").content)

    shown = json.loads(api.get("/v1/ledger/consistency", {"from": size1, "to": size2}).content)

    assert (shown["from"], shown["to"]) == (5, 11)
    proof = [base64.b64decode(value) for value in shown["hashes"]]
    verify_consistency(size1=size1, root1=root1, size2=size2, root2=root2, proof=proof)


@pytest.mark.usefixtures("grown")
@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/checkpoint", "private, max-age=1"),
        ("/tile/0/000", "private, max-age=31536000, immutable"),
        ("/tile/entries/000", "private, max-age=31536000, immutable"),
        ("/tile/0/001.p/3", "private, max-age=60"),
        ("/tile/0/001.p/4", "no-store"),
        ("", "no-store"),
        ("/consistency?from=1&to=2", "no-store"),
    ],
)
def test_only_what_never_changes_may_be_kept_for_long(api: Caller, path: str, kept: str) -> None:
    response = api.get(f"/v1/ledger{path}")

    assert response.headers["Cache-Control"] == kept
    assert "Authorization" in response.headers["Vary"]


@pytest.mark.usefixtures("grown")
@pytest.mark.parametrize(
    "path",
    [
        "0/001",
        "0/001.p/4",
        "0/002.p/1",
        "1/000",
        "2/000.p/1",
        "63/000.p/1",
        "0/x000/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/x999/x999/x999/x999/x999/x999/999",
        "entries/001",
        "entries/001.p/4",
        "entries",
        "../checkpoint",
        "0/%00",
        "0/000%0a",
        "0%2F000.p/999",
        "-1/000",
    ],
)
def test_a_tile_that_is_not_published_or_no_tile_is_not_found(api: Caller, path: str) -> None:
    assert api.get(f"/v1/ledger/tile/{path}").status_code == 404


@pytest.mark.usefixtures("grown")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "from=1",
        "to=1",
        "from=0&to=1",
        "from=2&to=1",
        "from=1&to=260",
        "from=1&to=99999999999999999999",
        "from=1&to=" + "9" * 18,
        "from=%D9%A1&to=2",
        "from=1.0&to=2",
        "from=1&to=2&size=3",
        "from=1&from=2&to=3",
        "from=%00&to=1",
    ],
)
def test_sizes_that_the_log_has_not_published_are_refused(api: Caller, query: str) -> None:
    response = api.get(f"/v1/ledger/consistency?{query}")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "invalid-query"


@pytest.mark.usefixtures("grown")
@pytest.mark.parametrize("path", ["", "/checkpoint", "/tile/0/000.p/1", "/tile/entries/000.p/1"])
def test_another_psps_log_is_not_there_before_it_has_its_own(other_api: Caller, path: str) -> None:
    assert other_api.get(f"/v1/ledger{path}").status_code == 404


def test_two_psps_read_two_logs_at_one_address(psp: Psp, api: Caller, other_api: Caller) -> None:
    other = Psp.objects.exclude(pk=psp.pk).get()
    grow(psp, 3)
    grow(other, 2)

    mine = api.get("/v1/ledger/checkpoint").content
    others = other_api.get("/v1/ledger/checkpoint").content

    assert psp.ref.encode() in mine
    assert other.ref.encode() in others
    assert size_and_root(mine)[0] == 3
    assert size_and_root(others)[0] == 2


@pytest.mark.parametrize("path", PATHS)
def test_reading_the_log_needs_a_key_with_the_scope(
    grown: Psp, signed_out: Caller, path: str
) -> None:
    too_small = Caller(make_api_key(grown, ("decide", "outcomes", "reports")))

    assert signed_out.get(f"/v1/ledger{path}").status_code == 401
    assert too_small.get(f"/v1/ledger{path}").status_code == 403


@pytest.mark.usefixtures("grown")
def test_head_tells_the_same_as_get_without_the_body(api: Caller) -> None:
    got = api.get("/v1/ledger/tile/0/000")

    head = api.call("HEAD", "/v1/ledger/tile/0/000")

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Cache-Control"] == got.headers["Cache-Control"]
    assert head.headers["Content-Length"] == str(FULL * hashlib.sha256().digest_size)
