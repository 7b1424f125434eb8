"""The life of versions and waivers on the command line: who a step is for is named by e-mail address."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import transaction

from compliance.backtests.submitting import submit_for_approval
from compliance.backtests.tasks import enqueue_submission
from compliance.core.errors import ConflictError
from compliance.policysets.property_waiver_selectors import (
    property_waiver_by_ref,
    property_waivers_of,
)
from compliance.policysets.property_waivers import (
    approve_property_waiver,
    revoke_property_waiver,
)
from compliance.policysets.selectors import StatedVersion, version_of_number, versions_of
from compliance.policysets.services import (
    activate_version,
    approve_version,
    retire_version,
    withdraw_activation,
    withdraw_submission,
)
from compliance.policysets.waiver_selectors import waiver_by_ref, waivers_of
from compliance.policysets.waivers import approve_waiver, revoke_waiver, take_over_waiver
from compliance.tenants.models import Psp, User
from compliance.tenants.selectors import person_of

_PLAIN: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {
        "withdraw": withdraw_submission,
        "unschedule": withdraw_activation,
        "retire": retire_version,
    }
)
VERSION_STEPS: Final = (*_PLAIN, "submit", "approve", "activate")
"""What can be done with a version: `approve` names the digest, `activate` may name a time."""

WAIVER_STEPS: Final = ("take-over", "approve", "revoke")
"""What can be done with a waiver."""

_OF_A_PROPERTY: Final = "pwv_"
"""How the references of waivers of properties begin."""


def take_version_step(
    *,
    psp: Psp,
    step: str,
    number: int,
    person: str,
    now: datetime,
    digest: str = "",
    active_from: datetime | None = None,
) -> StatedVersion:
    """Take one of `VERSION_STEPS` with the version of that number, and return where it stands then.

    Raises:
        KeyError: if there is no such step.
        ComplianceError: as the services in `compliance.policysets.services`.
    """
    user = person_of(psp, person)
    ref = version_of_number(psp, number, now=now).version.ref
    if step == "submit":
        _submit(psp, ref, user, now)
    elif step == "approve":
        approve_version(psp=psp, ref=ref, digest=digest, approver=user, now=now)
    elif step == "activate":
        activate_version(psp=psp, ref=ref, person=user, active_from=active_from or now, now=now)
    else:
        _PLAIN[step](psp=psp, ref=ref, person=user, now=now)
    return version_of_number(psp, number, now=now)


@transaction.atomic
def _submit(psp: Psp, ref: str, person: User, now: datetime) -> None:
    """Submit a version, and ask for its analysis and back-test."""
    enqueue_submission(submit_for_approval(psp=psp, ref=ref, person=person, now=now))


def take_waiver_step(*, psp: Psp, step: str, ref: str, person: str, now: datetime) -> Any:
    """Take one of `WAIVER_STEPS` with the waiver `ref`, of a rule or a property, and return it.

    Raises:
        KeyError: if there is no such step.
        ConflictError: if a waiver of a property is to be taken over: no key asks for one.
        ComplianceError: as the services in `compliance.policysets.waivers` and `property_waivers`.
    """
    user = person_of(psp, person)
    if ref.startswith(_OF_A_PROPERTY):
        return _take_property_step(psp, step, ref, user, now)
    if step == "approve":
        approve_waiver(psp=psp, ref=ref, approver=user, now=now)
    elif step == "revoke":
        revoke_waiver(psp=psp, ref=ref, by=user, now=now)
    elif step == "take-over":
        take_over_waiver(psp=psp, ref=ref, person=user, now=now)
    else:
        raise KeyError(step)
    return waiver_by_ref(psp, ref)


def _take_property_step(psp: Psp, step: str, ref: str, user: User, now: datetime) -> Any:
    """Take a step with the waiver of a property."""
    if step == "approve":
        approve_property_waiver(psp=psp, ref=ref, approver=user, now=now)
    elif step == "revoke":
        revoke_property_waiver(psp=psp, ref=ref, by=user, now=now)
    else:
        raise ConflictError("a person asked for this waiver: there is nothing to take over")
    return property_waiver_by_ref(psp, ref)


def version_documents(psp: Psp, *, now: datetime) -> list[dict[str, Any]]:
    """Return every version for machines, newest first."""
    return [version_document(each) for each in versions_of(psp, now=now)]


def version_document(stated: StatedVersion) -> dict[str, Any]:
    """Return one version for machines."""
    since = stated.active_from
    return {
        "ref": stated.version.ref,
        "number": stated.version.number,
        "digest": stated.version.digest,
        "state": stated.state.value,
        "active_from": None if since is None else since.isoformat(),
    }


def version_line(stated: StatedVersion) -> str:
    """Return one version for a person."""
    since = f"  from {stated.active_from.isoformat()}" if stated.active_from else ""
    version = stated.version
    return (
        f"{version.number}  {stated.state.value}{since}  {version.name}  {version.digest}"
        f"  written by {version.written_by}"
    )


def waiver_documents(psp: Psp, *, now: datetime) -> list[dict[str, Any]]:
    """Return every waiver for machines: of rules, then of properties, each newest first."""
    return [waiver_document(each, now=now) for each in every_waiver_of(psp)]


def every_waiver_of(psp: Psp) -> list[Any]:
    """Return every waiver of the PSP: of rules, then of properties, each newest first."""
    return [*waivers_of(psp), *property_waivers_of(psp)]


def waiver_document(waiver: Any, *, now: datetime) -> dict[str, Any]:
    """Return one waiver for machines."""
    return _subject(waiver) | {
        "state": waiver.state_at(now).value,
        "starts_at": waiver.starts_at.isoformat(),
        "expires_at": waiver.expires_at.isoformat(),
    }


def waiver_line(waiver: Any, *, now: datetime) -> str:
    """Return one waiver for a person."""
    ref, *subject = filter(None, _subject(waiver).values())
    return (
        f"{ref}  {waiver.state_at(now).value}  {subject[0]}  {' '.join(subject[1:])}"
        f"  until {waiver.expires_at.isoformat()}"
    )


def _subject(waiver: Any) -> dict[str, str]:
    """Return which waiver it is and what it sets aside: a rule for a scope, a property of a version."""
    if waiver.ref.startswith(_OF_A_PROPERTY):
        return {
            "ref": waiver.ref,
            "property_id": waiver.property_id,
            "version": f"version {waiver.version.number}",
        }
    names = ("ref", "rule_id", "app_version", "device_model", "channel")
    return {name: getattr(waiver, name) for name in names}
