"""The exceptions that are not bugs: input or disk at fault, a damaged store, and work the user called off."""


class UserError(Exception):
    """What the user gave cannot be used. The sentence is shown as it is and ends with what was received."""


class NotSaved(UserError):
    """The disk refused an edit, which was not made; it may be tried again."""


class NotWritable(UserError):
    """A project that can be looked at and not written. why: the end of a sentence that begins "The project"."""

    def __init__(self, why: str, where: object) -> None:
        super().__init__(f"The project {why}: {where}")
        self.why = why


class DamagedStore(UserError):
    """A project's labels cannot be trusted as they lie on the disk; a backup may be put back."""


class Cancelled(Exception):
    """The user called the work off: nothing of it is kept, and nothing more is heard from it."""


class Interrupted(Cancelled):
    """The program ends before the work does: what it can be continued from is kept."""
