"""Words and shapes of every status: a word first, a shape beside it, a colour last."""
# SPDX-License-Identifier: Apache-2.0

from types import MappingProxyType
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Label(NamedTuple):
    """A status for people; `tone` is `ok`, `warn`, `bad`, `info` or empty and chooses shape and colour."""

    word: str | Promise
    tone: str = ""


LABELS: Final = MappingProxyType(
    {
        "effect": {
            "permit": Label(_("Permit"), "ok"),
            "step_up": Label(_("Step up"), "warn"),
            "hold": Label(_("Hold"), "warn"),
            "deny": Label(_("Deny"), "bad"),
        },
        "disposition": {
            "clear": Label(_("Clear"), "ok"),
            "enforced": Label(_("Enforced"), "bad"),
            "tolerated": Label(_("Tolerated"), "warn"),
            "undetermined": Label(_("Undetermined")),
        },
        "finding": {
            "present": Label(_("Present"), "bad"),
            "absent": Label(_("Absent"), "ok"),
            "not_evaluated": Label(_("Not evaluated")),
        },
        "element": {
            "reliable": Label(_("Reliable"), "ok"),
            "in_doubt": Label(_("In doubt"), "warn"),
            "compromised": Label(_("Compromised"), "bad"),
        },
        "obligation": {
            "open": Label(_("Open")),
            "done": Label(_("Done"), "ok"),
            "failed": Label(_("Failed"), "bad"),
            "skipped": Label(_("Skipped"), "warn"),
            "overdue": Label(_("Overdue"), "bad"),
        },
        "run": {
            "requested": Label(_("Requested")),
            "running": Label(_("Running"), "warn"),
            "ready": Label(_("Ready"), "ok"),
            "failed": Label(_("Failed"), "bad"),
        },
        "shadow": {
            "running": Label(_("Running"), "warn"),
            "over": Label(_("Its time was over"), "ok"),
            "stopped": Label(_("Stopped")),
            "overtaken": Label(_("Came into force"), "ok"),
            "failed": Label(_("Failed"), "bad"),
        },
        "truth": {
            "True": Label(_("Held"), "info"),
            "False": Label(_("Did not hold")),
            "None": Label(_("Unknown, so it counts"), "warn"),
        },
        "condition": {
            "True": Label(_("Yes"), "info"),
            "False": Label(_("No")),
            "None": Label(_("Unknown"), "warn"),
        },
        "check": {
            "True": Label(_("Holds"), "ok"),
            "False": Label(_("Does not hold"), "bad"),
        },
        "verified": {
            "True": Label(_("Verified"), "ok"),
            "False": Label(_("Not verified"), "bad"),
        },
        "mode": {
            "decoded": Label(_("Decoded elsewhere")),
            "reported": Label(_("Reported")),
        },
        "version": {
            "active": Label(_("In force"), "ok"),
            "approved": Label(_("Approved"), "warn"),
            "scheduled": Label(_("Scheduled"), "warn"),
            "submitted": Label(_("Waits for approval"), "warn"),
            "retired": Label(_("Retired")),
            "draft": Label(_("Draft")),
        },
        "design": {
            "active": Label(_("In force"), "ok"),
            "approved": Label(_("Approved"), "warn"),
            "scheduled": Label(_("Scheduled"), "warn"),
            "submitted": Label(_("Waits for approval"), "warn"),
            "refused": Label(_("Refused"), "bad"),
            "withdrawn": Label(_("Withdrawn")),
            "replaced": Label(_("Replaced")),
            "draft": Label(_("Draft of an API key")),
        },
        "waiver": {
            "requested": Label(_("Waits for approval"), "warn"),
            "approved": Label(_("Approved, not begun")),
            "in_force": Label(_("In force"), "warn"),
            "expired": Label(_("Expired")),
            "revoked": Label(_("Revoked")),
        },
        "anchor": {
            "proposed": Label(_("Waits for approval"), "warn"),
            "trusted": Label(_("Trusted"), "ok"),
            "refused": Label(_("Refused")),
            "removed": Label(_("Removed")),
        },
        "change": {
            "added": Label(_("Added"), "info"),
            "removed": Label(_("Removed"), "warn"),
            "changed": Label(_("Changed"), "info"),
        },
        "property": {
            "proved": Label(_("Proved"), "ok"),
            "violated": Label(_("Violated"), "bad"),
            "unknown": Label(_("Unknown"), "warn"),
        },
        "warning": {
            "proved": Label(_("Proved"), "ok"),
            "violated": Label(_("Violated, warns"), "warn"),
            "unknown": Label(_("Unknown, warns"), "warn"),
        },
        "standing": {
            "True": Label(_("Proved"), "ok"),
            "False": Label(_("Not proved"), "bad"),
            "None": Label(_("Unknown"), "warn"),
        },
        "relation": {
            "equivalent": Label(_("Equivalent"), "ok"),
            "stricter": Label(_("Stricter"), "info"),
            "laxer": Label(_("Laxer"), "warn"),
            "incomparable": Label(_("Stricter and laxer"), "warn"),
            "unknown": Label(_("Unknown")),
        },
        "erasure": {
            "payer": Label(_("A payer asked")),
            "retention": Label(_("Kept long enough")),
        },
        "outage": {
            "silent": Label(_("No evidence came"), "warn"),
            "unavailable": Label(_("Provider unavailable"), "warn"),
        },
        "case": {
            "True": Label(_("Passed"), "ok"),
            "False": Label(_("Failed"), "bad"),
        },
    }
)
"""Labels by kind of status and by the value that the domain uses."""

ASSURANCES: Final = MappingProxyType(
    {
        "A": _("hardware-rooted, verified here"),
        "B": _("signed by the vendor, verified here"),
        "C": _("decoded by the PSP and told to us"),
        "D": _("reported by client software"),
    }
)
"""What each level of assurance means."""

MODES: Final = MappingProxyType(
    {
        "raw": _("raw, verified here"),
        "decoded": _("decoded by the PSP"),
        "reported": _("reported by the app"),
    }
)
"""How evidence came to us."""

PROVIDERS: Final = MappingProxyType(
    {
        "android_key_attestation": "Android Key Attestation",
        "apple_app_attest": "App Attest",
        "apple_devicecheck": "DeviceCheck",
        "approov": "Approov",
        "caep": "CAEP",
        "ear": "EAR (RATS)",
        "execution_environment": _("Execution environment (signed statement)"),
        "freerasp": "freeRASP",
        "generic_rasp": _("Run-time protection (own table)"),
        "play_integrity": "Play Integrity",
        "promon": "Promon SHIELD",
        "required_evidence": _("Required evidence (by channel)"),
        "sensor_consistency": "Sensor consistency",
        "wultra": "Wultra Malwarelytics",
    }
)
"""Providers by the names that their makers use."""


def label_of(kind: str, value: object) -> Label:
    """Return the label of a value; a value that nobody named is shown as it is.

    Raises:
        KeyError: if there is no such kind, which is a mistake in a template.
    """
    return LABELS[kind].get(str(value)) or Label(str(value).replace("_", " "))
