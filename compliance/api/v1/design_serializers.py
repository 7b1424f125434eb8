"""Wire forms of authentication designs and of the independence of their elements."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from rest_framework import serializers

from compliance.api.fields import StrictSerializer, TextField
from compliance.api.v1.policy_document_serializers import DocumentProblemSerializer
from policies.vocabulary.elements import Element

_ELEMENTS = [str(element) for element in Element]


class DesignVersionSerializer(serializers.Serializer[Any]):
    """One version of the authentication design."""

    ref = serializers.CharField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")
    state = serializers.ChoiceField(
        [
            "draft",
            "submitted",
            "refused",
            "withdrawn",
            "approved",
            "scheduled",
            "active",
            "replaced",
        ]
    )
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    active_from = serializers.DateTimeField(
        allow_null=True, help_text="when it came, or is to come, into force"
    )
    in_force = serializers.BooleanField()


class DesignPage(serializers.Serializer[Any]):
    """A page of versions, the newest first."""

    items = DesignVersionSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class DesignDocumentSerializer(DesignVersionSerializer):
    """One version with its text."""

    document = serializers.DictField(help_text="the design in its canonical form")


class IndependenceQuery(StrictSerializer):
    """What is asked of a design."""

    component = TextField(
        default="",
        allow_blank=True,
        max_length=64,
        help_text="also say what still protects each element if this component is breached",
    )


class LossSerializer(serializers.Serializer[Any]):
    """Components that cost the same, whichever of them is breached."""

    elements = serializers.ListField(child=serializers.ChoiceField(_ELEMENTS))
    components = serializers.ListField(child=serializers.CharField())


class PairSerializer(serializers.Serializer[Any]):
    """What is lost when any of `one` and any of `other` are breached: more than by either alone."""

    one = serializers.ListField(child=serializers.CharField())
    other = serializers.ListField(child=serializers.CharField())
    elements = serializers.ListField(child=serializers.ChoiceField(_ELEMENTS))


class ProtectionSerializer(serializers.Serializer[Any]):
    """What becomes of one element if the component is breached."""

    element = serializers.ChoiceField(_ELEMENTS)
    lost = serializers.BooleanField()
    path = serializers.ListField(
        child=serializers.CharField(),
        help_text="how the element rests on the component; empty where it stands",
    )
    untouched = serializers.ListField(
        child=serializers.CharField(),
        help_text="components under the element that do not fall with the breached one",
    )


class BreachedSerializer(serializers.Serializer[Any]):
    """What still protects the elements of a method if a component is breached."""

    component = serializers.CharField()
    reliable_elements = serializers.IntegerField(help_text="SCA stands on two")
    elements = ProtectionSerializer(many=True)


class MethodIndependenceSerializer(serializers.Serializer[Any]):
    """What the elements of one method share (RTS Article 9(1))."""

    method = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    app_at_least = serializers.CharField(allow_null=True, help_text="inclusive")
    app_below = serializers.CharField(allow_null=True, help_text="exclusive")
    elements = serializers.ListField(child=serializers.ChoiceField(_ELEMENTS))
    single_points_of_compromise = serializers.ListField(
        child=serializers.CharField(),
        help_text="components whose breach costs two elements of different categories",
    )
    losses = LossSerializer(many=True)
    pairs = PairSerializer(many=True)
    if_breached = BreachedSerializer(allow_null=True, help_text="where `component` was given")


class AlgorithmWarningSerializer(serializers.Serializer[Any]):
    """What speaks against an algorithm or its key length."""

    id = serializers.CharField()
    detail = serializers.CharField()
    source_url = serializers.CharField()

    def get_fields(self) -> Any:
        """Return the members, with the one whose name DRF keeps for itself."""
        return {**super().get_fields(), "source": serializers.CharField()}


class AlgorithmUseSerializer(serializers.Serializer[Any]):
    """One algorithm that a component names."""

    id = serializers.CharField()
    title = serializers.CharField()
    amount = serializers.IntegerField(allow_null=True, help_text="in the unit of `measure`")
    measure = serializers.ChoiceField(["bits", "rounds"], allow_null=True)
    unstated = serializers.BooleanField(
        help_text="the design leaves out the key length, curve or rounds"
    )
    warning = AlgorithmWarningSerializer(allow_null=True)


class AlgorithmItemSerializer(serializers.Serializer[Any]):
    """What a component says of its algorithms, and what is known of them."""

    component = serializers.CharField()
    technology = serializers.CharField(allow_blank=True)
    algorithm = serializers.CharField(allow_blank=True)
    parameters = serializers.CharField(allow_blank=True)
    known = serializers.BooleanField(help_text="false where the list has none of its words")
    uses = AlgorithmUseSerializer(many=True)


class InventorySerializer(serializers.Serializer[Any]):
    """The inventory of algorithms and key lengths."""

    as_of = serializers.DateField(help_text="of the list of warnings")
    items = AlgorithmItemSerializer(many=True)


class IndependenceSerializer(serializers.Serializer[Any]):
    """The independence analysis of a design."""

    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")
    methods = MethodIndependenceSerializer(many=True)
    algorithms = InventorySerializer()


class DesignCheckSerializer(serializers.Serializer[Any]):
    """Whether a document is a design, what is wrong with it if not, and what its elements share."""

    valid = serializers.BooleanField()
    problems = DocumentProblemSerializer(many=True)
    independence = IndependenceSerializer(allow_null=True, help_text="null if not valid")
