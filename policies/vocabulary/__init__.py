"""The words of the domain: findings, elements, effects, actions, attributes, components."""
# SPDX-License-Identifier: Apache-2.0
