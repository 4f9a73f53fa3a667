"""Who notes what is searched, in a process that answers searches."""

from __future__ import annotations

from contextlib import ExitStack

from services.core.ports import Ports, SearchWatcher
from services.insight.watch.gathering import Gathering
from services.insight.watch.recording import Recorder


def open_watcher(ports: Ports, closing: ExitStack) -> SearchWatcher | None:
    """Begin to note; what was noted is stored every minute, and when `closing` closes.

    None where the settings want no watch.
    """
    if ports.settings.watch.every_s == 0:
        return None
    gathering = Gathering(ports.clock)
    recorder = Recorder(ports.database, gathering)
    recorder.start()
    closing.callback(recorder.stop)
    return gathering
