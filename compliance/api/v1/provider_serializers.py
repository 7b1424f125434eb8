"""Wire forms of providers' scorecards."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rest_framework import serializers

from compliance.api.v1.report_serializers import PeriodSerializer, period_document
from compliance.assessments.definitions import DEFINITIONS
from compliance.assessments.model import Part
from compliance.assessments.outages import Outage
from compliance.assessments.scorecard import Place, Scorecard
from compliance.decisions.presentation import rfc3339


class ShareSerializer(serializers.Serializer[Any]):
    """So many decisions of so many."""

    count = serializers.IntegerField()
    of = serializers.IntegerField()


class NamedShareSerializer(ShareSerializer):
    """One figure; `definitions` says what it counts."""

    figure = serializers.CharField()


class OtherProviderSerializer(ShareSerializer):
    """Conflicts with one other provider, of the decisions in which both had a part."""

    provider = serializers.CharField()


class AgeSerializer(serializers.Serializer[Any]):
    """How old pieces of evidence were at the decision, in seconds; null where none has a known age."""

    count = serializers.IntegerField(help_text="pieces of known age")
    p50 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)
    largest = serializers.IntegerField(allow_null=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """A channel and platform on which the evidence came or was required."""

    channel = serializers.CharField(allow_blank=True)
    platform = serializers.CharField(allow_blank=True)
    held = ShareSerializer()
    verified = ShareSerializer()
    conclusive = ShareSerializer()


class OutageSerializer(serializers.Serializer[Any]):
    """A time in which the evidence failed to come."""

    kind = serializers.ChoiceField(choices=["silent", "unavailable"])
    channel = serializers.CharField(allow_blank=True)
    platform = serializers.CharField(allow_blank=True)
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    decisions = serializers.IntegerField(help_text="affected")
    has_begun = serializers.BooleanField(help_text="the period saw evidence before")
    has_ended = serializers.BooleanField(help_text="the period saw evidence after")


class ScorecardSerializer(serializers.Serializer[Any]):
    """One provider."""

    provider = serializers.CharField()
    figures = NamedShareSerializer(many=True)
    unverifiable = serializers.IntegerField(
        help_text="decisions with evidence of it that was not raw, so that nobody verifies it here"
    )
    conflicts_with = OtherProviderSerializer(many=True)
    age_s = AgeSerializer()
    places = PlaceSerializer(many=True)
    outages = OutageSerializer(many=True)


class DefinitionSerializer(serializers.Serializer[Any]):
    """What a figure counts, of what, what it leaves out, and how conclusive it is."""

    figure = serializers.CharField()
    title = serializers.CharField()
    counts = serializers.CharField()
    of = serializers.CharField()
    without = serializers.CharField()
    conclusive = serializers.CharField()


class ScorecardsSerializer(serializers.Serializer[Any]):
    """Every provider whose evidence came or was required."""

    period = PeriodSerializer()
    items = ScorecardSerializer(many=True)
    definitions = DefinitionSerializer(many=True)


def scorecards_document(
    cards: Iterable[Scorecard], *, start: datetime, end: datetime
) -> dict[str, Any]:
    """Return the wire form of a period's scorecards."""
    return {
        "period": period_document(start, end),
        "items": [_card(card) for card in cards],
        "definitions": [
            {"figure": key, **definition._asdict()} for key, definition in DEFINITIONS.items()
        ],
    }


def _card(card: Scorecard) -> dict[str, Any]:
    return {
        "provider": card.provider,
        "figures": [{"figure": part.key, **_share(part)} for part in card.figures],
        "unverifiable": card.unverifiable,
        "conflicts_with": [{"provider": part.key, **_share(part)} for part in card.conflicts_with],
        "age_s": {
            "count": card.age_s.count,
            "p50": card.age_s.p50,
            "p95": card.age_s.p95,
            "largest": card.age_s.largest,
        },
        "places": [_place(place) for place in card.places],
        "outages": [_outage(outage) for outage in card.outages],
    }


def _share(part: Part) -> dict[str, int]:
    return {"count": part.count, "of": part.of}


def _place(place: Place) -> dict[str, Any]:
    return {
        "channel": place.channel,
        "platform": place.platform,
        "held": _share(place.held),
        "verified": _share(place.verified),
        "conclusive": _share(place.conclusive),
    }


def _outage(outage: Outage) -> dict[str, Any]:
    return {
        "kind": outage.kind.value,
        "channel": outage.channel,
        "platform": outage.platform,
        "begins_at": rfc3339(outage.begins_at),
        "ends_at": rfc3339(outage.ends_at),
        "decisions": outage.decisions,
        "has_begun": outage.has_begun,
        "has_ended": outage.has_ended,
    }
