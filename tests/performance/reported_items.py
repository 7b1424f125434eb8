"""Reports of client software to time appraisals with: none to three findings each, all checks listed."""
# SPDX-License-Identifier: Apache-2.0

import random
from collections.abc import Mapping, Sequence
from typing import Any

from compliance.evidence.providers import generic_rasp, promon, wultra
from compliance.evidence.providers.shape import Evidence, Mode, TrustMaterial
from policies.vocabulary.findings import CATALOGUE
from tests.support.attestation import AT

_OWN = ("attestation.", "provider.")


def reported_items(count: int) -> Mapping[str, Sequence[Evidence]]:
    """Return `count` reports of each kind that the same code appraises at `reported_trust()`."""
    chance = random.Random(9)
    return {
        promon.NAME: [
            _item(promon.NAME, {"callbacks": _checks(_PROMON, chance), "checks_finished": True})
            for _ in range(count)
        ],
        wultra.NAME: [
            _item(wultra.NAME, {"observers": _checks(_WULTRA, chance), "checks_finished": True})
            for _ in range(count)
        ],
        generic_rasp.NAME: [
            _item(
                generic_rasp.NAME,
                {
                    "vendor": "acme",
                    "events": chance.sample(sorted(_EVENTS), chance.randrange(4)),
                    "markers": {"done": True},
                },
            )
            for _ in range(count)
        ],
    }


def reported_trust() -> TrustMaterial:
    """Return settings of a PSP that has set up all of them."""
    document = {"vendors": {"acme": {"complete": "done", "events": _EVENTS}}}
    return TrustMaterial(
        settings={
            promon.NAME: promon.read_settings({"registered": _PROMON}),
            wultra.NAME: wultra.read_settings({"registered": _WULTRA}),
            generic_rasp.NAME: generic_rasp.read_settings(document),
        }
    )


_PROMON = ["ROOTING", "REPACKAGING", "DEBUGGER", "EMULATOR", "HOOKING_FRAMEWORKS"]
_PROMON += ["NATIVE_CODE_HOOKS", "CODE_INJECTION", "KEYBOARD", "SCREENREADER", "SCREEN_MIRRORING"]
_PROMON += ["TAPJACKING", "TASK_HIJACKING", "DEVELOPER_OPTIONS", "ADB_STATUS", "EMULATED_INPUT"]
_WULTRA = ["debuggerDetected", "emulatorDetected", "repackagingDetected", "rootDetected"]
_WULTRA += ["screenSharingDetected", "screenReaderDetected", "tapjackingDetected"]
_WULTRA += ["httpProxyDetected", "vpnDetected", "adbStatusDetected", "activeCallDetected"]
_EVENTS = {
    f"event-{index}": {"code": code, "state": "present"}
    for index, code in enumerate([code for code in CATALOGUE if not code.startswith(_OWN)][:20])
}


def _checks(names: Sequence[str], chance: random.Random) -> dict[str, bool]:
    found = set(chance.sample(names, chance.randrange(4)))
    return {name: name in found for name in names}


def _item(provider: str, payload: dict[str, Any]) -> Evidence:
    return Evidence(provider, Mode.REPORTED, payload, {}, AT)
