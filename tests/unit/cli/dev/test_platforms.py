"""How `lambent dev` ends with its terminal."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

ENDS = """
import sys, time
from pathlib import Path
from lambent.cli.dev.platforms import end_like_an_interrupt

end_like_an_interrupt()
try:
    print("ready", flush=True)
    while True:
        time.sleep(60)
except KeyboardInterrupt:
    print("of which nobody hears", flush=True)
    print("nor of this", file=sys.stderr, flush=True)
    Path(sys.argv[1]).write_text("in order")
"""


def test_what_is_said_to_a_terminal_that_has_gone_keeps_nothing_from_being_put_in_order(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", ENDS, str(tmp_path / "end")], stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    assert b"ready" in os.read(ours, 100)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    assert process.wait(30) == 0
    assert (tmp_path / "end").read_text() == "in order"
