"""Wire forms of decisions, and what they can be searched by."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from rest_framework import serializers

from compliance.api.fields import StrictSerializer, TextField, TimeField, WholeNumberField
from policies.model import Disposition
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, FAMILIES, Assurance, FindingState

_EFFECTS = [effect.value for effect in Effect]
_DISPOSITIONS = [disposition.value for disposition in Disposition]
_STATES = ("open", "done", "failed", "skipped", "overdue")
STATUSES = ("done", "failed", "skipped")


class DecisionsQuery(StrictSerializer):
    """Conditions that a decision must all meet."""

    start = TimeField(required=False, help_text="decided at or after this moment")
    end = TimeField(required=False, help_text="decided before this moment")
    effect = serializers.ChoiceField(_EFFECTS, required=False)
    disposition = serializers.ChoiceField(_DISPOSITIONS, required=False)
    finding = serializers.ChoiceField(
        # Known ones only: a typing error would find nothing, silently.
        [*FAMILIES, *CATALOGUE],
        required=False,
        help_text="a finding that was present: a code, or a family such as `device.*`",
    )
    rule = TextField(required=False, max_length=64, help_text="a rule that held")
    channel = TextField(required=False, max_length=64)
    method = TextField(required=False, max_length=64)
    platform = TextField(required=False, max_length=32)
    app_version = TextField(required=False, max_length=32)
    environment_class = serializers.ChoiceField(ENVIRONMENT_FIELDS["class"], required=False)
    device_ref = TextField(required=False, max_length=128, help_text="the back-end's own name")
    payer_ref = TextField(required=False, max_length=128, help_text="the back-end's own name")
    support_ref = TextField(required=False, max_length=9, help_text="such as `K7Q2-M9XD`")
    cursor = TextField(
        required=False, max_length=200, default="", help_text="`next_cursor` of the page before"
    )
    limit = WholeNumberField(min_value=1, max_value=200, default=50, help_text="how many at most")


class DeviceAnswerSerializer(serializers.Serializer[Any]):
    """All that the device may be told."""

    answer = serializers.CharField()
    support_ref = serializers.CharField(
        allow_blank=True, help_text="empty once the record was erased"
    )


class FindingSerializer(serializers.Serializer[Any]):
    """One finding."""

    code = serializers.CharField()
    state = serializers.ChoiceField([state.value for state in FindingState])
    assurance = serializers.ChoiceField([assurance.value for assurance in Assurance])
    provider = serializers.CharField()


class PolicySerializer(serializers.Serializer[Any]):
    """The version of the policy set that decided."""

    version = serializers.IntegerField()
    digest = serializers.CharField()


class DesignSerializer(serializers.Serializer[Any]):
    """The authentication design that applied."""

    digest = serializers.CharField()


class RecordedDeviceSerializer(serializers.Serializer[Any]):
    """The device as it was described; empty where nothing was said."""

    platform = serializers.CharField(allow_blank=True)
    os_version = serializers.CharField(allow_blank=True)
    app_version = serializers.CharField(allow_blank=True)


class DecisionSummarySerializer(serializers.Serializer[Any]):
    """A decision as lists show it; `absent` counts what was looked for and not found."""

    ref = serializers.CharField()
    effect = serializers.ChoiceField(_EFFECTS)
    disposition = serializers.ChoiceField(_DISPOSITIONS)
    mitigating = serializers.BooleanField()
    for_device = DeviceAnswerSerializer()
    elements = serializers.DictField(
        child=serializers.ChoiceField([status.value for status in ElementStatus])
    )
    reliable_elements = serializers.IntegerField()
    determining_rules = serializers.ListField(child=serializers.CharField())
    matched_rules = serializers.ListField(child=serializers.CharField())
    waivers = serializers.ListField(
        child=serializers.CharField(),
        help_text="those that set aside a rule that would have counted",
    )
    findings = FindingSerializer(many=True)
    absent = serializers.IntegerField()
    policy = PolicySerializer()
    design = DesignSerializer(allow_null=True)
    channel = serializers.CharField(allow_blank=True)
    method = serializers.CharField(allow_blank=True)
    device = RecordedDeviceSerializer()
    environment_class = serializers.ChoiceField(ENVIRONMENT_FIELDS["class"])
    decided_at = serializers.DateTimeField()
    leaf_hash = serializers.CharField(help_text="of its ledger entry, hexadecimal")


class DecisionPage(serializers.Serializer[Any]):
    """A page of decisions."""

    items = DecisionSummarySerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class HeardOutcomeSerializer(serializers.Serializer[Any]):
    """What the enforcing system said."""

    ref = serializers.CharField()
    obligation = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    enforced_at = serializers.DateTimeField()
    enforced_by = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    received_at = serializers.DateTimeField()
    leaf_hash = serializers.CharField(help_text="of its ledger entry, hexadecimal")


class ObligationSerializer(serializers.Serializer[Any]):
    """An obligation with its state; the parameters of its action stand beside these members."""

    id = serializers.CharField()
    action = serializers.CharField()
    within_s = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(_STATES)
    outcomes = HeardOutcomeSerializer(many=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """One thing that a rule asks; `held` is null where it cannot be known."""

    asked = serializers.CharField()
    held = serializers.BooleanField(allow_null=True)
    actual = serializers.CharField(allow_blank=True)


class ExplanationSerializer(serializers.Serializer[Any]):
    """Why one rule counted or not; a rule counts unless it definitely did not hold."""

    rule = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    effect = serializers.ChoiceField(_EFFECTS)
    sentence = serializers.CharField()
    counted = serializers.BooleanField()
    waived = serializers.BooleanField(help_text="it would have counted, but a waiver set it aside")
    held = serializers.BooleanField(allow_null=True)
    reasons = ReasonSerializer(many=True)


class RecordedTransactionSerializer(serializers.Serializer[Any]):
    """The attempt, by the back-end's own name."""

    ref = serializers.CharField(allow_blank=True)


class FactsSerializer(serializers.Serializer[Any]):
    """What was decided on besides the findings."""

    attributes = serializers.DictField()
    environment = serializers.DictField(child=serializers.CharField())
    elements = serializers.ListField(child=serializers.CharField())


class DecisionDocumentSerializer(DecisionSummarySerializer):
    """A decision with evidence, explanation, obligations and outcomes.

    `transaction`, `facts` and `sealed_input` are null, `explanation` is empty, and evidence has neither digest nor
    details, once the record was erased.
    """

    obligations = ObligationSerializer(many=True)
    evidence = serializers.ListField(child=serializers.DictField())
    explanation = ExplanationSerializer(many=True)
    transaction = RecordedTransactionSerializer(allow_null=True)
    facts = FactsSerializer(allow_null=True)
    sealed_input = serializers.CharField(
        allow_null=True,
        help_text="what the payer typed, sealed to the PSP's key, as it came; null if there was none",
    )


class ReplaySerializer(serializers.Serializer[Any]):
    """Whether the record gives the same decision again; an erased one neither agrees nor differs."""

    ref = serializers.CharField()
    agrees = serializers.BooleanField()
    erased = serializers.BooleanField()
    differences = serializers.ListField(child=serializers.CharField())
