"""One door for every edit: text of a fleet in, changed text out; who writes it is not our business."""

from collections.abc import Sequence

from jobtree.edit.edits import AddSponsors, Edit, Shrink, Submit
from jobtree.edit.outcome import Declined, Edited
from jobtree.edit.shrink import shrink
from jobtree.edit.sponsors import add_sponsors
from jobtree.edit.submit import submit
from jobtree.load.limits import INPUT, STATE
from jobtree.load.source import Source


def apply_edit(edit: Edit, sources: Sequence[Source], *, into: str | None = None) -> Edited | Declined:
    """The files that change, as bytes by path, or why none does.

    ``sources`` are the files of a repository, or the one file of a snapshot, whose path is then ``into`` too: new
    objects go there, and it may be as large as a state file. Only what is edited is checked; whether the fleet as a
    whole stays sound is for the caller to ask. Codes: JT303, JT786 to JT792, and those of reading.
    """
    limits = INPUT if into is None else STATE
    match edit:
        case Submit():
            return submit(edit, sources, limits, into)
        case Shrink():
            return shrink(edit, sources, limits)
        case AddSponsors():
            return add_sponsors(edit, sources, limits)
