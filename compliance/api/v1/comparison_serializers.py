"""Wire forms that back-tests and shadows share: what is compared, what is counted, what changes."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final

from rest_framework import serializers

from compliance.api.paging import PageQuery
from compliance.backtests.selectors import ChangesPage
from compliance.decisions.presentation import rfc3339
from policies.vocabulary.effects import Effect

_EFFECTS: Final = [effect.value for effect in Effect]


class ChangesQuery(PageQuery):
    """Which changes: of one pair of effects, or all."""

    old_effect = serializers.ChoiceField(choices=_EFFECTS, default="", help_text="as recorded")
    new_effect = serializers.ChoiceField(choices=_EFFECTS, default="", help_text="the candidate's")


class CandidateSerializer(serializers.Serializer[Any]):
    """The version that is compared."""

    ref = serializers.CharField()
    number = serializers.IntegerField()
    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")


class ComparisonCellSerializer(serializers.Serializer[Any]):
    """Decisions that went from one effect to another."""

    old_effect = serializers.ChoiceField(choices=_EFFECTS)
    new_effect = serializers.ChoiceField(choices=_EFFECTS)
    count = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="of these, with another effect or obligations")


class NotReplayableSerializer(serializers.Serializer[Any]):
    """Decisions that could not be decided again, for one reason."""

    reason = serializers.CharField()
    count = serializers.IntegerField()


class ComparisonResultSerializer(serializers.Serializer[Any]):
    """What was counted so far; final once the comparison is ready. Counts are complete."""

    compared = serializers.IntegerField()
    changed = serializers.IntegerField()
    listed = serializers.IntegerField(help_text="changes that can be read one by one")
    matrix = ComparisonCellSerializer(many=True)
    not_replayable = NotReplayableSerializer(many=True)
    step_ups_added = serializers.IntegerField()
    step_ups_removed = serializers.IntegerField()
    added_step_ups_per_100_000 = serializers.FloatField(help_text="net, of those compared")
    tolerated = serializers.IntegerField(help_text="recorded under a waiver, compared without it")


class ComparisonSerializer(serializers.Serializer[Any]):
    """What back-tests and shadows say alike."""

    ref = serializers.CharField()
    candidate = CandidateSerializer()
    done = serializers.IntegerField(help_text="decisions read so far")
    failure = serializers.CharField(allow_null=True)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = ComparisonResultSerializer()


class ComparedObligationSerializer(serializers.Serializer[Any]):
    """An obligation."""

    action = serializers.CharField()
    parameters = serializers.DictField()
    within_s = serializers.IntegerField(allow_null=True)


class DecisionChangeSerializer(serializers.Serializer[Any]):
    """A decision that the candidate makes otherwise."""

    decision = serializers.CharField()
    decided_at = serializers.DateTimeField()
    old_effect = serializers.ChoiceField(choices=_EFFECTS)
    new_effect = serializers.ChoiceField(choices=_EFFECTS)
    old_obligations = ComparedObligationSerializer(many=True)
    new_obligations = ComparedObligationSerializer(many=True)
    new_rules = serializers.ListField(child=serializers.CharField())
    link = serializers.CharField(help_text="the decision")


class DecisionChangePage(serializers.Serializer[Any]):
    """A page of changes, in order of time."""

    items = DecisionChangeSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def changes_document(page: ChangesPage) -> dict[str, Any]:
    """Return the wire form of a page of changes."""
    items = [_change(change) for change in page.items]
    return {"items": items, "next_cursor": page.next_cursor or None}


def _change(change: Any) -> dict[str, Any]:
    """Return the wire form of one change."""
    return {
        "decision": change.decision_ref,
        "decided_at": rfc3339(change.decided_at),
        "old_effect": change.old_effect,
        "new_effect": change.new_effect,
        "old_obligations": _owed(change.old_obligations),
        "new_obligations": _owed(change.new_obligations),
        "new_rules": change.new_rules,
        "link": f"/v1/decisions/{change.decision_ref}",
    }


def _owed(stored: Any) -> list[dict[str, Any]]:
    """Return obligations with names."""
    return [
        {"action": action, "parameters": parameters, "within_s": within_s}
        for action, parameters, within_s in stored
    ]
