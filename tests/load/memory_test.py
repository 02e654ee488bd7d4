"""Memory when idle, and of idle keep-alive connections that made one call each."""
import time

from figures import figure
from load_test_case import STEADY, LoadTestCase

import memory  # of bench/, which the module above makes importable

CONNECTIONS = 10_000
MOST_IDLE_BYTES = 25 << 20
MOST_BYTES_PER_CONNECTION = 12 << 10


class MemoryTest(LoadTestCase):
    def test_idle_process_and_idle_connections_are_small(self) -> None:
        count = memory.connections_within_limits(CONNECTIONS)
        self.assertEqual(count, CONNECTIONS, "the limit of open files does not allow this test")
        gateway = self.given_gateway([self.steady()])
        time.sleep(memory.SETTLE_SECONDS)
        idle = gateway.resident_bytes()
        connections = memory.open_connections(gateway.port, STEADY, count)
        for connection in connections:
            self.addCleanup(connection.close)
        time.sleep(memory.SETTLE_SECONDS)
        each = (gateway.resident_bytes() - idle) / count

        figure("memory when idle", idle / 2**20, "MiB")
        figure(f"memory per idle connection, of {count}", each / 1024, "KiB")
        self.assertEqual(memory.closed_by_server(connections), 0)
        self.assertLessEqual(idle, MOST_IDLE_BYTES)
        self.assertLessEqual(each, MOST_BYTES_PER_CONNECTION)
