"""From a policy set to a program of bits and rows."""
# SPDX-License-Identifier: Apache-2.0

from policies.compiler.compile import compile_policy_set
from policies.compiler.program import Program

__all__ = ["Program", "compile_policy_set"]
