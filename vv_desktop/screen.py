"""Whether a window can be shown on this machine, found out without letting Qt abort the process."""

import ctypes
import os
import sys

_OFFSCREEN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
_XCB = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}


def why_no_window() -> str | None:
    """A sentence that says why no window can be shown here, with the line that helps; None if one can."""
    if not sys.platform.startswith("linux"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in ("offscreen", "minimal", "vnc"):
        return _missing(_OFFSCREEN)
    if platform != "xcb" and os.environ.get("WAYLAND_DISPLAY"):
        return _missing(_OFFSCREEN)
    if not os.environ.get("DISPLAY"):
        return "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if not _x_server_answers():
        return f"The screen does not answer: DISPLAY={os.environ['DISPLAY']}"
    return _missing(_OFFSCREEN | _XCB)


def _missing(needed: dict[str, str]) -> str | None:
    packages = [package for library, package in needed.items() if not _loads(library)]
    if not packages:
        return None
    return f"Qt needs system libraries that are missing. On Debian: apt-get install {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _x_server_answers() -> bool:
    """Asks libxcb, as Qt would; where libxcb itself is missing the answer is left to `_missing`."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = xcb.xcb_connection_has_error(connection) != 0
    xcb.xcb_disconnect(connection)
    return not failed
