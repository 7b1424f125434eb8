"""The life of versions and waivers on the command line: who a step is for is named by e-mail address."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from compliance.policysets.selectors import StatedVersion, version_of_number, versions_of
from compliance.policysets.services import (
    activate_version,
    approve_version,
    retire_version,
    submit_version,
    withdraw_activation,
    withdraw_submission,
)
from compliance.policysets.waiver_selectors import waiver_by_ref, waivers_of
from compliance.policysets.waivers import approve_waiver, revoke_waiver, take_over_waiver
from compliance.tenants.models import Psp
from compliance.tenants.selectors import person_of

_PLAIN: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {
        "submit": submit_version,
        "withdraw": withdraw_submission,
        "unschedule": withdraw_activation,
        "retire": retire_version,
    }
)
VERSION_STEPS: Final = (*_PLAIN, "approve", "activate")
"""What can be done with a version: `approve` names the digest, `activate` may name a time."""

WAIVER_STEPS: Final = ("take-over", "approve", "revoke")
"""What can be done with a waiver."""


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
    if step == "approve":
        approve_version(psp=psp, ref=ref, digest=digest, approver=user, now=now)
    elif step == "activate":
        activate_version(psp=psp, ref=ref, person=user, active_from=active_from or now, now=now)
    else:
        _PLAIN[step](psp=psp, ref=ref, person=user, now=now)
    return version_of_number(psp, number, now=now)


def take_waiver_step(*, psp: Psp, step: str, ref: str, person: str, now: datetime) -> Any:
    """Take one of `WAIVER_STEPS` with the waiver `ref`, and return it.

    Raises:
        KeyError: if there is no such step.
        ComplianceError: as the services in `compliance.policysets.waivers`.
    """
    user = person_of(psp, person)
    if step == "approve":
        approve_waiver(psp=psp, ref=ref, approver=user, now=now)
    elif step == "revoke":
        revoke_waiver(psp=psp, ref=ref, by=user, now=now)
    elif step == "take-over":
        take_over_waiver(psp=psp, ref=ref, person=user, now=now)
    else:
        raise KeyError(step)
    return waiver_by_ref(psp, ref)


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
    """Return every waiver for machines, newest first."""
    return [waiver_document(each, now=now) for each in waivers_of(psp)]


def waiver_document(waiver: Any, *, now: datetime) -> dict[str, Any]:
    """Return one waiver for machines."""
    names = ("ref", "rule_id", "app_version", "device_model", "channel")
    return {name: getattr(waiver, name) for name in names} | {
        "state": waiver.state_at(now).value,
        "starts_at": waiver.starts_at.isoformat(),
        "expires_at": waiver.expires_at.isoformat(),
    }


def waiver_line(waiver: Any, *, now: datetime) -> str:
    """Return one waiver for a person."""
    scope = " ".join(filter(None, (waiver.app_version, waiver.device_model, waiver.channel)))
    return (
        f"{waiver.ref}  {waiver.state_at(now).value}  {waiver.rule_id}  {scope}"
        f"  until {waiver.expires_at.isoformat()}"
    )
