"""When a run came in: the first thing that ranks it (semantics.md 7, level 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.load.draft import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Admissions:
    """Instants for runs whose document has no creationTimestamp: what an earlier plan recorded, else the commit's."""

    recorded: Mapping[Key, Instant]
    by_path: Mapping[str, Instant]

    def admit(self, draft: Draft) -> Draft:
        """The draft with its admission instant, if there is one."""
        if draft.admitted is not None:
            return draft
        return replace(draft, admitted=self.recorded.get(draft.key, self.by_path.get(draft.document.path)))
