"""The root of the policy library's errors."""
# SPDX-License-Identifier: Apache-2.0


class PolicyError(Exception):
    """A document or a value does not mean what it should; the message is for a person."""
