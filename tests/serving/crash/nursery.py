"""Start the real service again and again, quickly: everything is imported once, each service is a fork of it.

Run as a program. Each line on standard input, ``PORT LOG``, starts a service of the environment's workspace; its
process id is the line that is answered. A fork is the service that ``leadscore serve`` runs, BentoML's application in
uvicorn, with the seconds saved that Python takes to read it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Start services until there is no further line."""
    import uvicorn
    import uvicorn.protocols.http.h11_impl

    from serving.service import LeadScore

    # Nobody waits for them: a service that was killed is gone at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        port, log = line.split(maxsplit=1)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            file = os.open(Path(log.strip()), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(file, 1)
            os.dup2(file, 2)
            uvicorn.run(LeadScore.to_asgi(), host="127.0.0.1", port=int(port), log_level="warning")
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
