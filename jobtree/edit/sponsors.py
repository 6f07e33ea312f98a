"""AddSponsors: more owners that a run may borrow from (semantics.md 5). Code: JT792."""

from collections.abc import Iterable, Sequence

from jobtree.base.identity import Owner
from jobtree.edit.change import Append, Change, Put, changed
from jobtree.edit.edits import AddSponsors
from jobtree.edit.find import Found, find_run
from jobtree.edit.outcome import Declined, Edited
from jobtree.load.limits import Limits
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP


def add_sponsors(edit: AddSponsors, sources: Iterable[Source], limits: Limits) -> Edited | Declined:
    """Lists the sponsors behind those that are there, with ``allowBorrow: true``; each once."""
    found = find_run(edit.run, sources, limits)
    if isinstance(found, Declined):
        return found
    refusal = _nobody(found, edit)
    if refusal is not None:
        return refusal
    old = found.spec.funding
    new = tuple(dict.fromkeys(sponsor for sponsor in edit.sponsors if sponsor not in old.sponsors))
    title = f"add {', '.join(new)} to the sponsors of {edit.run}" if new else f"let {edit.run} borrow"
    changes = _changes(found, edit, new)
    if not changes:
        return Edited(files={}, sentences=(f"run.{GROUP}/{edit.run.name} unchanged",), title=title)
    data = changed(found, changes, limits)
    if isinstance(data, Declined):
        return data
    said = f"run.{GROUP}/{edit.run.name} configured: sponsors {', '.join((*old.sponsors, *new))}"
    return Edited(files={found.piece.source.path: data}, sentences=(said,), title=title)


def _changes(found: Found, edit: AddSponsors, new: Sequence[Owner]) -> list[Change]:
    old = found.spec.funding
    if not old.model_fields_set:
        most = {} if edit.most is None else {"maxBorrowGPUs": edit.most}
        return [Put(("funding",), {"allowBorrow": True, **most, "sponsors": new})]
    changes: list[Change] = []
    if not old.allow_borrow:
        changes.append(Put(("funding", "allowBorrow"), value=True))
    if edit.most is not None and edit.most != old.max_borrow_gpus:
        changes.append(Put(("funding", "maxBorrowGPUs"), edit.most))
    if new:
        is_there = "sponsors" in old.model_fields_set
        changes.append(Append(("funding", "sponsors"), tuple(new)) if is_there else Put(("funding", "sponsors"), new))
    return changes


def _nobody(found: Found, edit: AddSponsors) -> Declined | None:
    """JT792 if there is nobody to add, or the run itself."""
    if found.owner in edit.sponsors:
        return found.declined(
            "JT792",
            f"{found.owner} owns {found.key}, and cannot sponsor it",
            "owner",
            notes=("own envelopes pay first, without any loan",),
            help="name another owner: `kubectl runs sponsors list` shows who lends",
        )
    if edit.sponsors:
        return None
    hint = "name at least one owner"
    return found.declined("JT792", "no sponsor is named", notes=(), help=hint)
