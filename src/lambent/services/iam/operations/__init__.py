"""IAM's operations, by what they are about: users, roles, groups, policies, access keys, the account,
and simulations.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
"""

from lambent.core.clock import Clock
from lambent.core.ports import Key
from lambent.services.iam.operations.account import AccountOperations
from lambent.services.iam.operations.groups import GroupOperations
from lambent.services.iam.operations.holdings import KnownHoldings
from lambent.services.iam.operations.judgement import Judgement
from lambent.services.iam.operations.keys import KNOWN_KEYS_MAX, KeyOperations
from lambent.services.iam.operations.policies import PolicyOperations
from lambent.services.iam.operations.roles import RoleOperations
from lambent.services.iam.operations.simulation import SimulationOperations
from lambent.services.iam.operations.users import UserOperations
from lambent.store.database import Database
from lambent.store.known import Known


class Iam(
    UserOperations,
    RoleOperations,
    GroupOperations,
    PolicyOperations,
    KeyOperations,
    AccountOperations,
    SimulationOperations,
    Judgement,
):
    """IAM for one platform, the keyring of its authentication, and the judge of its callers."""

    def __init__(self, *, store: Database, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.holdings = KnownHoldings(store=store)
        self.known_keys: Known[str, Key | None] = Known(store=store, count_max=KNOWN_KEYS_MAX)

    def forget(self, account: str | None) -> None:
        self.holdings.forget(account)
        self.forget_key(None)  # keys are few and soon found again
