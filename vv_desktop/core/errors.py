"""The two exceptions that are not bugs: input at fault, and work the user called off."""


class UserError(Exception):
    """What the user gave cannot be used. The sentence is shown as it is and ends with what was received."""


class Cancelled(Exception):
    """The user called the work off: nothing of it is kept, and nothing more is heard from it."""
