"""The command `voicepulse`: runs the command line and turns errors into messages and exit codes.

0 all went well; 1 something was named that could not be used, and the rest went through; 2 nothing could be done;
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys

STOPPED = 130


def main() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # weights come from the catalog, never from a library's own download
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from voicepulse.cli.app import app
    from voicepulse.cli.console import report_error
    from voicepulse.errors import VoicePulseError

    try:
        app()
    except VoicePulseError as error:
        report_error(error)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == STOPPED:  # typer turns Ctrl-C into this exit code
            sys.stderr.write("\nStopped. What was finished is kept; the same command goes on from there.\n")
            sys.stdout.flush()
            os._exit(STOPPED)  # who pressed it twice does not wait for threads; C++ aborts where they are left behind
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a full disk, a folder without rights
        report_error(
            VoicePulseError(
                f"The system refused: {error}.",
                "Check the disk's space and the folder's rights; the same command goes on.",
            )
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
