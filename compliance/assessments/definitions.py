"""What each figure of a provider counts, of what, what it leaves out, and how much it proves."""
# SPDX-License-Identifier: Apache-2.0

from types import MappingProxyType
from typing import Final, NamedTuple

from compliance.assessments.outages import FEWEST
from compliance.assessments.slots import MINUTES


class Definition(NamedTuple):
    """A figure in words: its name, numerator, denominator, what is left out, how conclusive it is."""

    title: str
    counts: str
    of: str
    without: str
    conclusive: str


_ALL: Final = "none"
_OURS: Final = "exact: recorded by the service with each decision"
_PROVIDERS_WORD: Final = "as good as the provider's own word"

DEFINITIONS: Final = MappingProxyType(
    {
        "held": Definition(
            "With evidence",
            "decisions whose request held evidence of the provider",
            "all decisions of the period",
            f"{_ALL}; devices that can have no such evidence count too, see channels and platforms",
            _OURS,
        ),
        "required": Definition(
            "With evidence, where required",
            "decisions whose request held it",
            "decisions on channels for which the PSP requires it, alone or as an alternative",
            f"by what was required at the beginning of each {MINUTES} minutes",
            _OURS,
        ),
        "required_met": Definition(
            "Requirement met",
            "decisions whose request held it or an alternative that the PSP accepts",
            "decisions on channels for which the PSP requires it, alone or as an alternative",
            f"by what was required at the beginning of each {MINUTES} minutes",
            _OURS,
        ),
        "verified": Definition(
            "Verified",
            "decisions with a piece of its evidence that the service verified itself",
            "decisions with raw evidence of the provider",
            "evidence that was decoded elsewhere or reported by software: nobody can verify it here",
            "exact: cryptography against registered keys; a stolen key verifies too",
        ),
        "conclusive": Definition(
            "Conclusive",
            "decisions in which its evidence was neither refused nor unevaluated",
            "decisions with evidence of the provider",
            _ALL,
            f"{_PROVIDERS_WORD}, unless it is verified: software on a device can be made to lie",
        ),
        "evaluated": Definition(
            "Completely evaluated",
            "decisions in which the provider left nothing unevaluated that it could have told",
            "decisions with evidence of the provider",
            "findings that a better source told of: of each code the best assurance counts",
            _PROVIDERS_WORD,
        ),
        "attestation.unevaluated": Definition(
            "Not evaluated",
            "decisions in which the provider could not evaluate, or had not finished",
            "decisions with evidence of the provider",
            _ALL,
            _PROVIDERS_WORD,
        ),
        "attestation.invalid": Definition(
            "Invalid",
            "decisions in which signature, chain or structure did not hold",
            "decisions with evidence of the provider",
            _ALL,
            "exact; an attack, or a fault of app or transport",
        ),
        "attestation.stale": Definition(
            "Stale",
            "decisions in which its evidence was older than allowed",
            "decisions with evidence of the provider",
            "evidence of unknown age, which is stale only where its provider says so",
            "exact where the evidence itself is dated; else by the back-end's word",
        ),
        "attestation.replayed": Definition(
            "Replayed",
            "decisions in which its evidence had been seen before",
            "decisions with evidence of the provider",
            "kinds of evidence that may be repeated",
            _OURS,
        ),
        "attestation.binding_mismatch": Definition(
            "Not bound",
            "decisions in which its evidence was of another request",
            "decisions with evidence of the provider",
            "requests that said nothing of what evidence is to be bound to",
            _OURS,
        ),
        "key.attestation_revoked": Definition(
            "Key revoked",
            "decisions in which a key of the attestation was on a list of revoked keys",
            "decisions with evidence of the provider",
            "keys that were revoked after the list that was loaded",
            "as current as the list of revoked keys",
        ),
        "provider.unavailable": Definition(
            "Unavailable",
            "decisions in which it was found that the provider could not be reached",
            "decisions with evidence of the provider",
            "outages in which the request held nothing of it: see outages",
            _OURS,
        ),
        "conflicting": Definition(
            "In conflict",
            "decisions in which pieces of evidence contradicted each other",
            "decisions with evidence of the provider and of another one",
            "contradictions within one provider; which of several providers was right",
            "exact that they contradict; not which of them lies",
        ),
        "age": Definition(
            "Age",
            "age of its pieces of evidence at the decision, by nearest rank",
            "pieces of evidence of known age",
            "pieces without a time, or from the future",
            "as good as the clock that dated the evidence",
        ),
        "outages": Definition(
            "Outages",
            f"{FEWEST} or more decisions in a row without the evidence; or provider.unavailable found",
            "channels and platforms on which half of the decisions or more have the evidence",
            (
                f"gaps in which no whole quarter of an hour (from :00, :{MINUTES}, :30, :45) was silent; "
                "at the ends, decisions where some with and some without evidence mix"
            ),
            "an inference: by chance less than once in a million times, were decisions independent",
        ),
    }
)
"""By the key of the figure."""
