"""Which waivers fit an attempt: by app version, device model, channel and time."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.policysets.models import Waiver
from policies.model import Decision, Value
from policies.vocabulary.attributes import version_key


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedWaiver:
    """A waiver as decisions use it; None in the scope fits everything, missing values included.

    It applies from `starts_at` until before `ends_at`. A version that cannot be read fits no
    scope that names one: leaving something out never helps.
    """

    ref: str
    rule_id: str
    app_version: tuple[int, ...] | None
    device_model: str | None
    channel: str | None
    starts_at: datetime
    ends_at: datetime

    def fits(self, attributes: Mapping[str, Value], moment: datetime) -> bool:
        """Return whether the waiver applies to an attempt with these built-in attributes."""
        return self.starts_at <= moment < self.ends_at and self.fits_scope(attributes)

    def fits_scope(self, attributes: Mapping[str, Value]) -> bool:
        """Return whether the attempt is in the waiver's scope, whenever it was."""
        wanted = (
            ("app_version", self.app_version),
            ("device_model", self.device_model),
            ("channel", self.channel),
        )
        return all(value is None or attributes.get(name) == value for name, value in wanted)


def applied_waiver(waiver: Waiver) -> AppliedWaiver:
    """Return an approved waiver as decisions use it."""
    if waiver.approved_at is None:
        raise ValueError(f"waiver {waiver.ref} is not approved")
    ends_at = waiver.expires_at
    if waiver.revoked_at is not None:
        ends_at = min(ends_at, waiver.revoked_at)
    return AppliedWaiver(
        ref=waiver.ref,
        rule_id=waiver.rule_id,
        app_version=version_key(waiver.app_version) if waiver.app_version else None,
        device_model=waiver.device_model or None,
        channel=waiver.channel or None,
        starts_at=max(waiver.starts_at, waiver.approved_at),
        ends_at=ends_at,
    )


def waivers_fitting(
    waivers: Sequence[AppliedWaiver], attributes: Mapping[str, Value], moment: datetime
) -> tuple[AppliedWaiver, ...]:
    """Return the waivers that apply to an attempt."""
    return tuple([each for each in waivers if each.fits(attributes, moment)])


def rules_waived(waivers: Iterable[AppliedWaiver]) -> frozenset[str]:
    """Return the ids of the rules that are set aside."""
    return frozenset([each.rule_id for each in waivers])


def refs_that_mattered(waivers: Iterable[AppliedWaiver], decision: Decision) -> tuple[str, ...]:
    """Return the references, sorted, of the waivers that set aside a rule which would have counted."""
    mattered = {*decision.waived_rules}
    return tuple(sorted([each.ref for each in waivers if each.rule_id in mattered]))
