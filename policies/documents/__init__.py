"""Documents: bytes to frozen syntax and back, with the place of every problem."""
# SPDX-License-Identifier: Apache-2.0

from policies.documents.attributes import type_attributes, type_built_in
from policies.documents.designs import digest_of_designs, read_designs, write_designs
from policies.documents.errors import (
    AttributeValueError,
    DesignDocumentError,
    DocumentError,
    PolicyDocumentError,
    Problem,
)
from policies.documents.reader import read_policy_set
from policies.documents.schema import designs_schema, policy_set_schema
from policies.documents.tree import MAX_BYTES
from policies.documents.writer import digest_of, write_policy_set

__all__ = [
    "MAX_BYTES",
    "AttributeValueError",
    "DesignDocumentError",
    "DocumentError",
    "PolicyDocumentError",
    "Problem",
    "designs_schema",
    "digest_of",
    "digest_of_designs",
    "policy_set_schema",
    "read_designs",
    "read_policy_set",
    "type_attributes",
    "type_built_in",
    "write_designs",
    "write_policy_set",
]
