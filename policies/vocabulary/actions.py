"""What a rule can oblige the enforcing system to do, with typed parameters."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

RECORD_ONLY: Final = "record_only"
STEP_UP: Final = "step_up"
REVIEW: Final = "review"


class ParameterType(StrEnum):
    """What a parameter of an action may be; a flag is true or left out, money is in euro."""

    NAME = "name"
    TEXT = "text"
    ELEMENT = "element"
    MONEY = "money"
    FLAG = "flag"


class Parameter(NamedTuple):
    """One parameter of an action."""

    type: ParameterType
    required: bool = False


class ActionType(NamedTuple):
    """One action: its wording for people, its parameters, whether one of them at least is needed."""

    title: str
    parameters: dict[str, Parameter]
    needs_one: bool = False


_T = ParameterType

ACTIONS: Final = MappingProxyType(
    {
        RECORD_ONLY: ActionType("record only", {}),
        "request_fresh_evidence": ActionType("ask for fresh evidence", {}),
        "inform_user": ActionType("inform the user", {"hint": Parameter(_T.TEXT)}),
        STEP_UP: ActionType("step up", {"method": Parameter(_T.NAME, required=True)}),
        "limit": ActionType(
            "limit",
            {
                "amount_eur": Parameter(_T.MONEY),
                "known_payees_only": Parameter(_T.FLAG),
                "read_only": Parameter(_T.FLAG),
            },
            needs_one=True,
        ),
        REVIEW: ActionType("review", {"queue": Parameter(_T.NAME)}),
        "end_session": ActionType("end the session", {}),
        "suspend_element": ActionType(
            "suspend the element", {"element": Parameter(_T.ELEMENT, required=True)}
        ),
        "revoke_element": ActionType(
            "revoke the element", {"element": Parameter(_T.ELEMENT, required=True)}
        ),
        "require_reenrolment": ActionType("require re-enrolment", {}),
        "block_device": ActionType("block the device", {}),
        "block_app_version": ActionType("block the app version", {}),
        "notify_user_out_of_band": ActionType("notify the user on another channel", {}),
        "notify_fraud_desk": ActionType("notify the fraud desk", {}),
        "withdraw_tra_exemption": ActionType(
            "withdraw the exemption for transaction risk analysis", {}
        ),
        "emit_event": ActionType("send an event", {"event": Parameter(_T.NAME, required=True)}),
    }
)
"""Every action by name. All but `record_only` have a deadline (`within`)."""
