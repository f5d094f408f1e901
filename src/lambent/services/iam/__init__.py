"""IAM: users, roles, groups, their policies, and access keys.

Documents are checked for their form and kept as they were given; what they say of a request, ``lang.iam_policy`` tells.
The policies that AWS manages and Lambda's users attach are there without being made. Iam is also the platform's keyring
(``core.ports.Keyring``): whose an access key is, answered from memory when it was asked before.

Not here: instance profiles, identity providers, MFA, certificates, reports. Those answer NotImplemented.
"""

from lambent.services.iam.operations import Iam

__all__ = ["Iam"]
