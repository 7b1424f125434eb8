"""Challenges for evidence: one transaction, one use, a short time."""
# SPDX-License-Identifier: Apache-2.0

import base64
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Final

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import StrictSerializer, TextField
from compliance.api.parsing import parsed_body
from compliance.api.views import ApiView, psp_of
from compliance.decisions.presentation import rfc3339
from compliance.evidence.challenges import LONGEST, USUAL, issue_challenge
from compliance.evidence.vault import challenge_key

_SHORTEST_S: Final = 10


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two minutes", {"transaction_ref": "tx-81723", "lifetime_s": 120}, request_only=True
        )
    ]
)
class ChallengeRequest(StrictSerializer):
    """What a challenge is for."""

    transaction_ref = TextField(
        max_length=128, help_text="as `transaction.ref` of the decision that is to come"
    )
    lifetime_s = serializers.IntegerField(
        min_value=_SHORTEST_S,
        max_value=int(LONGEST.total_seconds()),
        default=int(USUAL.total_seconds()),
        help_text="seconds for which it is good",
    )


class ChallengeSerializer(serializers.Serializer[Any]):
    """A challenge: 39 bytes that nobody can foresee, bound to the transaction."""

    challenge = serializers.CharField(help_text="base64url without padding, 52 characters")
    transaction_ref = serializers.CharField()
    expires_at = serializers.DateTimeField(help_text="the first moment at which it is good no more")


class ChallengesView(ApiView):
    """Challenges that this service issues."""

    scopes: ClassVar = {"POST": ("decide",)}

    @extend_schema(
        operation_id="issue_challenge",
        summary="Issue a challenge for the evidence of a transaction",
        request=ChallengeRequest,
        responses={201: ChallengeSerializer},
        tags=["decisions"],
    )
    def post(self, request: Request) -> Response:
        """Return a challenge; nothing is stored until it is used.

        Give it to the device, and send it back as what evidence is expected to be bound to
        (`evidence[].expected`): its time, its transaction and that it is used once are checked then.
        """
        body = parsed_body(request, ChallengeRequest)
        challenge = issue_challenge(
            challenge_key(psp_of(request).ref),
            body["transaction_ref"],
            lifetime=timedelta(seconds=body["lifetime_s"]),
            now=self.now,
        )
        document = {
            "challenge": base64.urlsafe_b64encode(challenge.value).decode().rstrip("="),
            "transaction_ref": body["transaction_ref"],
            "expires_at": rfc3339(challenge.expires_at),
        }
        return Response(document, status=HTTPStatus.CREATED)
