"""The analysis: what a policy set promises, proved before it is activated."""
# SPDX-License-Identifier: Apache-2.0

from policies.analysis.analyse import analyse
from policies.analysis.difference import compare
from policies.analysis.results import (
    AnalysisReport,
    Difference,
    PropertyResult,
    Region,
    Relation,
    Status,
)

__all__ = [
    "AnalysisReport",
    "Difference",
    "PropertyResult",
    "Region",
    "Relation",
    "Status",
    "analyse",
    "compare",
]
