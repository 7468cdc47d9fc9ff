"""Whether a port is free, said before anything else is started."""

import errno
import socket


class PortTaken(Exception):
    """Something else listens there."""


def free_port(host: str, port: int) -> int:
    """`port` if nothing listens there, or any free one for 0. Raises: PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(
                f"port {port} is taken by another program: choose another with --port"
            ) from None
        found: int = probe.getsockname()[1]
        return found
