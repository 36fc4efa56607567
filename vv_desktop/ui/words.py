"""How names, paths and counts from files are written on the screen: literally, and never as rich text."""

import html
import time


def shown(text: str) -> str:
    """Text that any font and clipboard takes: bytes of a name that are no Unicode become �."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def button_text(text: str, longest: int = 24) -> str:
    """A name on a button: shortened on the right, and `&` stays an `&`."""
    text = shown(text)
    return (text if len(text) <= longest else text[: longest - 1] + "…").replace("&", "&&")


def tooltip(text: str) -> str:
    """A tooltip that shows `text` as it is, whatever tags are in it."""
    return f"<span style='white-space:pre-wrap'>{html.escape(shown(text))}</span>"


def images(count: int) -> str:
    """ "1 image", "3,411 images"."""
    return f"{count:,} image" if count == 1 else f"{count:,} images"


def file_size(count: int) -> str:
    """Bytes for people: "640 B", "84 kB", "2.4 MB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def moment(seconds: float) -> str:
    """When something happened: the time of day if it was today, with the date before it otherwise."""
    then, now = time.localtime(seconds), time.localtime()
    if then[:3] == now[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%d %b %H:%M" if then[0] == now[0] else "%d %b %Y %H:%M", then)
