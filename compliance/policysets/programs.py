"""Compiled policy sets by digest: immutable, so a process keeps them as long as it likes."""
# SPDX-License-Identifier: Apache-2.0

from functools import lru_cache
from typing import NamedTuple

from policies.compiler import Program, compile_policy_set
from policies.documents import read_policy_set
from policies.model import PolicySet


class CompiledPolicySet(NamedTuple):
    """A policy set in its two forms: as it reads, and as it runs."""

    policy_set: PolicySet
    program: Program


@lru_cache(maxsize=256)
def compiled(document: str) -> CompiledPolicySet:
    """Return the compiled form of a canonical document (the text is the key, so it is never stale)."""
    policy_set = read_policy_set(document.encode())
    return CompiledPolicySet(policy_set, compile_policy_set(policy_set))
