"""uvicorn around the application: one process, one port."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

import uvicorn

from voicepulse.web.app import create_app
from voicepulse.web.site import Site

SWITCH_SECONDS = 0.0005  # how soon a thread that works on an answer lets one go on that a browser waits for
GRACE_SECONDS = 5  # for requests in hand at the end


def run_server(site: Site, listening: socket.socket) -> bool:
    """Serve until the process is told to end; False where the backroom was left in the middle of something."""
    configuration = uvicorn.Config(
        create_app(site),
        log_level="warning",
        access_log=False,  # addresses hold speakers' secrets
        server_header=False,
        proxy_headers=site.options.is_secure,  # only then is there a proxy whose word counts
        forwarded_allow_ips=site.options.proxy,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
        ws="none",
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    with suppress(KeyboardInterrupt):  # the usual way to end a server
        uvicorn.Server(configuration).run(sockets=[listening])
    return site.backroom.is_idle
