"""Who may do what in the web interface: one table, read by every page and shown to nobody else."""
# SPDX-License-Identifier: Apache-2.0

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from compliance.tenants.models import Role


class Permission(StrEnum):
    """Something that a page does for a person."""

    READ_FIGURES = "read_figures"
    """Today and Duties: counts and shares, no single decision."""
    READ_POLICIES = "read_policies"
    """Policy sets, waivers and authentication designs."""
    WRITE_POLICIES = "write_policies"
    """Submit a version, ask for a waiver, take back one's own."""
    APPROVE_POLICIES = "approve_policies"
    """Approve what somebody else wrote or asked for."""
    ACTIVATE_POLICIES = "activate_policies"
    """Decide which approved version is in force, retire versions, revoke waivers."""
    READ_DECISIONS = "read_decisions"
    """Single decisions with their evidence and outcomes."""
    DECIDE_AGAIN = "decide_again"
    """Replay of a decision from its record; it changes nothing."""
    READ_RAW_EVIDENCE = "read_raw_evidence"
    """Evidence as it was received, where it is kept: personal data. Each look is a ledger entry."""
    READ_LEDGER = "read_ledger"
    """Checkpoint, entries (the leaves of decisions among them) and proofs."""
    READ_REPORTS = "read_reports"
    """The list of reports and their files."""
    REQUEST_REPORTS = "request_reports"
    """Order a report, which is sealed in the PSP's name."""
    ERASE_RECORDS = "erase_records"
    """Erase what links decisions to a payer, and say for how long records are kept."""


_EVERYBODY: Final = frozenset({Permission.READ_FIGURES, Permission.READ_POLICIES})
_READERS: Final = _EVERYBODY | {
    Permission.READ_DECISIONS,
    Permission.DECIDE_AGAIN,
    Permission.READ_LEDGER,
}
_SUPERVISORS: Final = _READERS | {Permission.READ_REPORTS}
_OFFICERS: Final = _SUPERVISORS | {
    Permission.REQUEST_REPORTS,
    Permission.WRITE_POLICIES,
    Permission.ACTIVATE_POLICIES,
}

GRANTED: Final = MappingProxyType(
    {
        Role.OFFICER: _OFFICERS | {Permission.READ_RAW_EVIDENCE, Permission.ERASE_RECORDS},
        Role.APPROVER: _OFFICERS | {Permission.APPROVE_POLICIES},
        Role.INTERNAL_AUDITOR: _SUPERVISORS | {Permission.READ_RAW_EVIDENCE},
        Role.EXTERNAL_AUDITOR: _SUPERVISORS | {Permission.READ_RAW_EVIDENCE},
        Role.REGULATOR: _SUPERVISORS,
        Role.ENGINEER: _READERS | {Permission.WRITE_POLICIES},
        # Who runs the accounts has no business with single decisions (separation of duties).
        Role.ADMINISTRATOR: _EVERYBODY | {Permission.ERASE_RECORDS},
    }
)
"""What each role may do; a role that is missing here may do nothing."""


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Return the roles that have `permission`, in the table's order."""
    return tuple(role for role, granted in GRANTED.items() if permission in granted)
