"""Which evidence a PSP requires on which channel: what is not there is `attestation.missing`. Pure."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from compliance.evidence.providers import PROVIDERS
from compliance.evidence.providers.shape import SettingsError
from policies.documents import Problem
from policies.vocabulary.findings import Assurance, Finding, FindingState

NAME: Final = "required_evidence"
"""The name under which an officer sets it up."""

ANY_CHANNEL: Final = "*"
MISSING: Final = Finding(
    # Observed by ourselves, so it needs no trust in anyone.
    code="attestation.missing",
    state=FindingState.PRESENT,
    assurance=Assurance.A,
    provider="ninefold",
)
_MAX_CHANNELS: Final = 64
_MAX_NAME: Final = 64
_MAX_WANTED: Final = 16


class RequiredEvidence(NamedTuple):
    """For each channel what is required: of each set of providers at least one."""

    by_channel: Mapping[str, tuple[frozenset[str], ...]]

    def wanted_on(self, channel: str) -> tuple[frozenset[str], ...]:
        """Return the sets of providers of each of which one is required on `channel`."""
        return self.by_channel.get(channel, self.by_channel.get(ANY_CHANNEL, ()))

    def is_missing(self, channel: str, given: Collection[str]) -> bool:
        """Return whether something that is required on `channel` is not among the providers `given`."""
        return any(each.isdisjoint(given) for each in self.wanted_on(channel))


def read_required_evidence(document: Mapping[str, Any]) -> RequiredEvidence:
    """Return what a PSP requires on each channel: a list of providers, or of lists of which one will do.

    `{"mobile-app": [["android_key_attestation", "apple_app_attest"], "freerasp"], "*": []}` is such a
    document; `*` stands for every other channel.

    Raises:
        SettingsError: if it makes no sense; every place is named.
    """
    problems: list[Problem] = []
    if len(document) > _MAX_CHANNELS:
        problems.append(Problem("", f"expected at most {_MAX_CHANNELS} channels"))
    by_channel = {}
    for channel, wanted in document.items():
        pointer = f"/{channel[:_MAX_NAME].replace('~', '~0').replace('/', '~1')}"
        if not 0 < len(channel) <= _MAX_NAME:
            problems.append(Problem(pointer, f"expected a channel of 1 to {_MAX_NAME} characters"))
        by_channel[channel] = tuple(_wanted(wanted, pointer, problems))
    if problems:
        raise SettingsError(problems)
    return RequiredEvidence(by_channel)


def _wanted(wanted: Any, pointer: str, problems: list[Problem]) -> Sequence[frozenset[str]]:
    """Return the sets of providers of one channel."""
    if not isinstance(wanted, list) or len(wanted) > _MAX_WANTED:
        problems.append(Problem(pointer, f"expected a list of at most {_MAX_WANTED}"))
        return ()
    return [
        _alternatives(each, f"{pointer}/{number}", problems) for number, each in enumerate(wanted)
    ]


def _alternatives(each: Any, pointer: str, problems: list[Problem]) -> frozenset[str]:
    """Return providers of which one will do."""
    names = [each] if isinstance(each, str) else each
    if not isinstance(names, list) or not names or len(names) > _MAX_WANTED:
        problems.append(Problem(pointer, "expected a provider, or a list of some"))
        return frozenset()
    known = ", ".join(sorted(PROVIDERS))
    problems += (
        Problem(pointer, f"expected providers among {known}")
        for name in names
        if not isinstance(name, str) or name not in PROVIDERS
    )
    return frozenset(name for name in names if isinstance(name, str))
