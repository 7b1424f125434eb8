"""The design that an attempt's elements rest on."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping

from policies.design import Design, Designs, design_for
from policies.model import Value


def design_of(designs: Designs | None, attributes: Mapping[str, Value]) -> Design | None:
    """Return the design of an attempt with these built-in attributes: by its method and app version.

    None if no design is registered for them.
    """
    method, version = attributes.get("method"), attributes.get("app_version")
    return design_for(
        designs,
        method if isinstance(method, str) else "",
        version if isinstance(version, tuple) else None,
    )
