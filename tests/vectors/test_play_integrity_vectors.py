"""Google's discovery document as the source of names, and decoded answers that others published."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compliance.evidence.providers.play_integrity import NAME
from compliance.evidence.providers.play_integrity.names import FIELDS, VERDICTS, Kind
from compliance.evidence.providers.play_integrity.settings import read_settings
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, TrustMaterial
from policies.vocabulary.findings import CATALOGUE
from tests.support.attestation import appraise_one, codes, states

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
SAMPLES = VECTORS / "play-integrity"
PACKAGE = "com.worldcoin.staging"
DIGEST = "nSrXEn8JkZKXFMAZW0NHhDRTHNi38YE2XCvVzYXjRu8"
MADE_AT = datetime(2025, 4, 21, 22, 57, 55, 999000, tzinfo=UTC)
NONCE = "i_am_a_sample_request_hash"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no sample evidence in {SAMPLES}")


def schemas() -> dict[str, Any]:
    document = json.loads((SAMPLES / "playintegrity.v1.discovery.json").read_text())
    found: dict[str, Any] = document["schemas"]
    return found


def fields_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The fields of a schema as a tree whose leaves are their definitions."""
    all_schemas = schemas()
    return {
        name: fields_of(all_schemas[field["$ref"]]) if "$ref" in field else field
        for name, field in schema["properties"].items()
    }


def joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if "type" not in one[name]:
            both[name] = joined(one[name], other[name])
    return both


def published() -> dict[str, Any]:
    """Every field of either variant."""
    found = schemas()
    return joined(
        fields_of(found["PcTokenPayloadExternal"]), fields_of(found["TokenPayloadExternal"])
    )


def kind_of(field: dict[str, Any]) -> Kind:
    match field:
        case {"type": "array"}:
            return Kind.TEXTS
        case {"type": "boolean"}:
            return Kind.FLAG
        case {"type": "integer"}:
            return Kind.NUMBER
        case {"format": "int64"}:
            return Kind.WIDE
        case {"format": "google-datetime"}:
            return Kind.TIME
    return Kind.TEXT


def kinds(tree: dict[str, Any]) -> dict[str, Any]:
    return {
        name: kind_of(node) if isinstance(node.get("type"), str) else kinds(node)
        for name, node in tree.items()
    }


def enumerations(tree: dict[str, Any], prefix: str = "") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, node in tree.items():
        if isinstance(node.get("type"), str):
            values = node.get("items", node).get("enum")
            if values:
                found[prefix + name] = set(values)
        else:
            found |= enumerations(node, f"{prefix}{name}.")
    return found


def told(name: str, *, at: datetime, **changed: Any) -> Appraisal:
    document = {"packages": [PACKAGE], "certificate_digests": [DIGEST]} | changed
    payload = json.loads((SAMPLES / name).read_text())
    trust = TrustMaterial(settings={NAME: read_settings(document)})
    evidence = Evidence(NAME, Mode.DECODED, payload, {"nonce": NONCE}, at)
    return appraise_one(evidence, against=trust, at=at)


def test_every_published_field_is_known_with_its_kind_and_no_other() -> None:
    assert dict(FIELDS) == kinds(published())


def test_every_published_value_is_known_and_no_other() -> None:
    theirs = enumerations(published())
    # The legacy labels are read and not used; the label of PCs is in the other variant's document.
    del theirs["deviceIntegrity.legacyDeviceRecognitionVerdict"]
    of_pcs = set(
        schemas()["PcDeviceIntegrity"]["properties"]["deviceRecognitionVerdict"]["items"]["enum"]
    )
    theirs["deviceIntegrity.deviceRecognitionVerdict"] |= of_pcs

    assert {verdict.path: verdict.values | verdict.open for verdict in VERDICTS} == theirs


def test_every_value_of_the_catalogue_is_a_published_one() -> None:
    known = {verdict.path: verdict.values | verdict.open for verdict in VERDICTS}
    for type_ in CATALOGUE.values():
        lines = [*type_.mappings.get(NAME, ()), *type_.clears.get(NAME, ())]
        for line in lines:
            values = {value for value in line["values"] if isinstance(value, str)}
            assert values <= known.get(line["path"], frozenset())


def test_the_first_answer_shows_a_screen_that_is_captured() -> None:
    appraisal = told("worldcoin-test-1.json", at=MADE_AT + timedelta(minutes=10))

    assert codes(appraisal, "present") == {"screen.captured", "accessibility.abuse"}
    assert {"app.repackaged", "app.tampered", "device.rooted"} <= codes(appraisal, "absent")
    assert "device.malware_detected" not in states(appraisal)


def test_the_second_answer_says_nothing_and_clears_nothing() -> None:
    at = datetime(2024, 7, 9, 6, 30, tzinfo=UTC)
    appraisal = told("worldcoin-test-2.json", at=at)

    assert codes(appraisal, "present") == {
        "attestation.unevaluated",
        "attestation.binding_mismatch",
    }
    assert codes(appraisal, "absent") <= {"app.debug_build", "attestation.stale"}


def test_the_third_answer_is_of_a_sound_device() -> None:
    on = ["strong_integrity", "device_attributes", "recent_device_activity", "play_protect"]
    appraisal = told("worldcoin-test-3.json", at=MADE_AT, verdicts=on)

    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    assert {"device.os_outdated", "device.malware_detected", "device.attestation_farming"} <= codes(
        appraisal, "absent"
    )


def test_an_answer_of_five_years_ago_is_stale() -> None:
    appraisal = told("worldcoin-test-3.json", at=MADE_AT + timedelta(days=5 * 365))

    assert codes(appraisal, "present") == {"attestation.stale"}
