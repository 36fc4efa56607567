"""The guard of the whole suite against the network does what it says, here and in child processes."""

import contextlib
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable

import pytest

FETCH = """
import sys, urllib.request
try:
    urllib.request.urlopen(sys.argv[1], timeout=5)
except OSError as error:
    print(error)
"""
NOWHERE = "192.0.2.1"
"""An address that is nobody's (RFC 5737)."""


ASK: dict[str, Callable[[socket.socket], object]] = {
    "connect": lambda using: using.connect((NOWHERE, 80)),
    "connect_ex": lambda using: using.connect_ex((NOWHERE, 80)),
    "sendto": lambda using: using.sendto(b"x", (NOWHERE, 53)),
    "sendmsg": lambda using: using.sendmsg([b"x"], [], 0, (NOWHERE, 53)),
    "getaddrinfo": lambda _: socket.getaddrinfo("example.org", 80),
    "gethostbyname": lambda _: socket.gethostbyname("example.org"),
}


@pytest.mark.parametrize("how", ASK)
def test_H19_whoever_wants_the_network_is_refused_and_remembered(how: str, no_network: list[str]) -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as using,
        pytest.raises(PermissionError, match="a test wanted the network"),
    ):
        ASK[how](using)
    assert len(no_network) == 1
    no_network.clear()


def test_H19_a_refusal_that_is_caught_on_another_thread_is_remembered(no_network: list[str]) -> None:
    def quietly() -> None:
        with contextlib.suppress(OSError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://example.org", timeout=1)

    thread = threading.Thread(target=quietly)
    thread.start()
    thread.join()
    assert no_network == ["socket.getaddrinfo example.org"]
    no_network.clear()


@pytest.mark.parametrize("address", ["http://example.org", "https://example.org"])
def test_H19_a_child_process_fetches_nothing(address: str) -> None:
    done = subprocess.run([sys.executable, "-c", FETCH, address], capture_output=True, text=True, check=True)
    assert "Connection refused" in done.stdout


def test_H19_what_stays_on_this_machine_is_let_through() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=1).close()
    ours, theirs = socket.socketpair()
    ours.sendall(b"x")
    assert theirs.recv(1) == b"x"
    ours.close()
    theirs.close()
