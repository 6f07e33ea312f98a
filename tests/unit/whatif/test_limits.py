"""A limit that is raised is the only thing that changes."""

from dataclasses import replace

import pytest

from jobtree.base.identity import Key, Owner
from jobtree.base.quantity import HOUR, GpuSeconds
from jobtree.ledger.account import (
    AccountLabel,
    BorrowAccount,
    CapAccount,
    EnvelopeAccount,
    LendingAccount,
    QuotaAccount,
)
from jobtree.ledger.charging import accounts_of
from jobtree.model.budget import Lending
from jobtree.model.run import Funding, TreeQuota
from jobtree.whatif.limits import with_account
from tests.unit.ledger.built import budget, cap, catalog, envelope, run

LENT = Lending(allow=True, max_concurrency=16, max_gpu_seconds=GpuSeconds(10 * HOUR))
BANK = envelope("bank", 64, lending=LENT)
TREE = Key("ns-me", "weekly")
MINE = run(
    "r",
    "me",
    funding=Funding(allow_borrow=True, sponsors=(Owner("bank"),), max_borrow_gpus=8),
    quotas=(TreeQuota(key=TREE, max_gpus=32),),
)
EVERYTHING = catalog([budget("bank", BANK, caps=[cap("bank", [BANK], 40)])], [MINE, run("s", "me", quotas=MINE.quotas)])
LABELS: list[AccountLabel] = [
    EnvelopeAccount(BANK.key),
    LendingAccount(BANK.key),
    CapAccount(Key("ns-bank", "bank"), "cap"),
    BorrowAccount(MINE.key),
    QuotaAccount(TREE),
]


@pytest.mark.parametrize("label", LABELS, ids=str)
def test_one_account_is_raised_and_no_other(label: AccountLabel) -> None:
    before = accounts_of(EVERYTHING)
    raised = replace(before[label], max_gpus=(before[label].max_gpus or 0) + 8)
    assert accounts_of(with_account(EVERYTHING, raised)) == {**before, label: raised}
