"""Wire forms of analyses: what is proved of a version, and what stands in the way of it."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from compliance.api.v1.comparison_serializers import CandidateSerializer
from compliance.decisions.presentation import rfc3339
from compliance.policysets.analyses import question_of
from compliance.policysets.selectors import NO_DESIGN
from compliance.policysets.standing import Standing
from policies.vocabulary.effects import Effect

_STATUSES: Final = ["proved", "violated", "unknown"]
_RELATIONS: Final = ["equivalent", "stricter", "laxer", "incomparable", "unknown"]
_VERSION: Final = {
    "ref": "pol_01m83ydw18b3mbga9yrrvzxa1n",
    "number": 4,
    "digest": "sha256:bde3ac85033f490180018ac3ea777bfe3a79e1180fba8ad01cfeef29e4b6144c",
}
_UNFINISHED: Final[dict[str, Any]] = {
    "ref": "ana_01m83ydw2cqj4d0kq3yb5r8v1f",
    "version": _VERSION,
    "state": "running",
    "progress": 40,
    "requested_at": "2026-11-23T10:15:04Z",
    "finished_at": None,
    "failure": None,
    "design_digest": "sha256:5b1f0a4c1c1b0a8d8e2b6c7f8d9e0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b",
    "compared_digest": None,
    "is_current": True,
    "properties": [],
    "difference": None,
    "test_cases": None,
    "activation": {
        "analysis": None,
        "is_clear": False,
        "blocking": [],
        "failed_cases": 0,
        "waivers": [],
    },
}
_FINISHED: Final[dict[str, Any]] = _UNFINISHED | {
    "state": "ready",
    "progress": 100,
    "finished_at": "2026-11-23T10:15:09Z",
    "properties": [
        {
            "id": "P7",
            "title": "The device learns nothing about an attack",
            "status": "violated",
            "blocks_activation": True,
            "sentence": "Rule `rooted` tells the device what was found.",
            "rules": ["rooted"],
            "request": {"transaction": {"channel": "mobile-app"}},
        }
    ],
    "test_cases": {"passed": True, "cases": [], "untouched_rules": ["rooted"]},
    "activation": {
        "analysis": "ana_01m83ydw2cqj4d0kq3yb5r8v1f",
        "is_clear": True,
        "blocking": [],
        "failed_cases": 0,
        "waivers": ["pwv_01m83yk5n5h4p7c0x2s9d3e8az"],
    },
}


class PropertySerializer(serializers.Serializer[Any]):
    """How one property came out."""

    id = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(_STATUSES, help_text="unknown never counts as proved")
    blocks_activation = serializers.BooleanField(
        help_text="it is not proved, and activation needs a proof or a waiver"
    )
    sentence = serializers.CharField(help_text="what was found, for a person")
    rules = serializers.ListField(child=serializers.CharField(), help_text="that it is about")
    request = serializers.DictField(
        help_text="a counterexample as `POST /v1/decisions` takes it; empty if there is none"
    )


class RegionSerializer(serializers.Serializer[Any]):
    """Requests that the version decides otherwise than the one in force."""

    direction = serializers.ChoiceField(_RELATIONS, help_text="what becomes of them")
    rule = serializers.CharField()
    condition = serializers.CharField()
    sentence = serializers.CharField()
    request = serializers.DictField(help_text="one of them")


class AnalysedDifferenceSerializer(serializers.Serializer[Any]):
    """The version beside the one in force, over all requests."""

    relation = serializers.ChoiceField(_RELATIONS)
    sentence = serializers.CharField()
    is_complete = serializers.BooleanField(help_text="false: there may be more regions")
    regions = RegionSerializer(many=True)


class CaseSerializer(serializers.Serializer[Any]):
    """How one test case of the document came out."""

    name = serializers.CharField()
    passed = serializers.BooleanField()
    effect = serializers.ChoiceField([effect.value for effect in Effect])
    determining_rules = serializers.ListField(
        child=serializers.CharField(), help_text="the first of them"
    )
    determining_rule_count = serializers.IntegerField(help_text="how many there are")
    differences = serializers.ListField(
        child=serializers.CharField(), help_text="what is otherwise than the case expects"
    )


class CasesSerializer(serializers.Serializer[Any]):
    """The test cases of the document."""

    passed = serializers.BooleanField()
    cases = CaseSerializer(many=True)
    untouched_rules = serializers.ListField(
        child=serializers.CharField(), help_text="rules that no case touches"
    )


class ActivationStandingSerializer(serializers.Serializer[Any]):
    """What stands in the way of activation now, by the analysis that counts for it."""

    analysis = serializers.CharField(allow_null=True, help_text="null: none is finished yet")
    is_clear = serializers.BooleanField(help_text="nothing that was found stands in the way")
    blocking = serializers.ListField(
        child=serializers.CharField(), help_text="properties neither proved nor waived"
    )
    failed_cases = serializers.IntegerField()
    waivers = serializers.ListField(
        child=serializers.CharField(), help_text="the waivers by which properties pass"
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("Finished", _FINISHED, response_only=True),
        OpenApiExample("Under way", _UNFINISHED, response_only=True, status_codes=["202"]),
    ]
)
class AnalysisSerializer(serializers.Serializer[Any]):
    """What is proved of a version; the results are there once `state` is ready."""

    ref = serializers.CharField()
    version = CandidateSerializer()
    state = serializers.ChoiceField(["requested", "running", "ready", "failed"])
    progress = serializers.IntegerField(min_value=0, max_value=100, help_text="per cent")
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.CharField(allow_null=True)
    design_digest = serializers.CharField(
        allow_null=True, help_text="of the authentication design it is under; null: none"
    )
    compared_digest = serializers.CharField(
        allow_null=True,
        help_text="of the policy set it is compared with; null: none, or the same text",
    )
    is_current = serializers.BooleanField(
        help_text="it is under the design in force and beside the policy set in force"
    )
    properties = PropertySerializer(many=True)
    difference = AnalysedDifferenceSerializer(allow_null=True)
    test_cases = CasesSerializer(allow_null=True)
    activation = ActivationStandingSerializer()


def analysis_document(analysis: Any, standing: Standing, *, now: datetime) -> dict[str, Any]:
    """Return the wire form of an analysis, and of where its version stands."""
    version = analysis.version
    question = question_of(version, now=now)
    return {
        "ref": analysis.ref,
        "version": {"ref": version.ref, "number": version.number, "digest": version.digest},
        "state": analysis.state,
        "progress": analysis.progress,
        "requested_at": rfc3339(analysis.requested_at),
        "finished_at": rfc3339(analysis.finished_at) if analysis.finished_at else None,
        "failure": analysis.failure or None,
        "design_digest": None if analysis.design_digest == NO_DESIGN else analysis.design_digest,
        "compared_digest": analysis.compared_digest or None,
        "is_current": question == (analysis.design_digest, analysis.compared_digest),
        "properties": analysis.results.get("properties", []),
        "difference": analysis.results.get("difference"),
        "test_cases": _cases(analysis),
        "activation": {
            "analysis": standing.analysis.ref if standing.analysis else None,
            "is_clear": standing.is_clear,
            "blocking": list(standing.blocking),
            "failed_cases": standing.failed_cases,
            "waivers": [waiver.ref for waiver in standing.waivers],
        },
    }


def _cases(analysis: Any) -> dict[str, Any] | None:
    """Return how the test cases came out; None before they ran."""
    found = analysis.results.get("test_cases")
    return None if found is None else {"passed": analysis.failed_cases == 0, **found}
