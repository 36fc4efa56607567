"""Times, counts and rates as the Train page says them."""


def clock(seconds: float) -> str:
    """Seconds as "0:42", "12:05" or "1:02:05"."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: "42 s", "12 min", "1 h 02 min"."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def rate(value: float) -> str:
    """A learning rate as people type it: 0.001, 5e-05."""
    return repr(value)


def counted(count: int, thing: str) -> str:
    """ "1 label", "12 labels", "7 classes"."""
    plural = f"{thing}es" if thing.endswith("s") else f"{thing}s"
    return f"{count:,} {thing if count == 1 else plural}"
