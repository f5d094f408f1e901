"""STS: who asks, and temporary credentials.

Credentials need no row: the session token itself says, under the platform's seal, whose it is (``core.sessions``). So STS
keeps nothing; its ``tables.py`` and ``schema.sql`` say so. Roles are IAM's, and asked for through ``core.ports.Caller``.

Not here: AssumeRoleWithSAML, AssumeRoleWithWebIdentity, GetFederationToken, DecodeAuthorizationMessage: NotImplemented.
"""

from lambent.services.sts.operations import Sts

__all__ = ["Sts"]
