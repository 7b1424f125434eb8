"""X.509 as evidence needs it: strict DER, the frame of a certificate, its facts, and who signed it."""
# SPDX-License-Identifier: Apache-2.0
