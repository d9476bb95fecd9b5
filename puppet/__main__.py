"""Start Puppet from anywhere: the command `puppet`, `python -m puppet`, and the program of a bundle.

The modules `main`, `ui` and `export` stand beside this package in a source tree, in a private folder in a wheel, and
inside the program in a bundle.
"""

import multiprocessing
import runpy
import signal
import sys

from puppet.engines.library_shutdown import end_program
from puppet.installation import FORM, PROGRAMS, Form

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as in main.py


def main() -> int:
    """Run Puppet's command line with the arguments of this process, and end it; a started module's exit code is 0."""
    if FORM is Form.BUNDLE:
        multiprocessing.freeze_support()
        if sys.argv[1:2] == ["-m"] and sys.argv[2].startswith("puppet."):  # a process that `sys.executable` started
            module = sys.argv[2]
            del sys.argv[1:3]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            return 0
    else:
        sys.path.insert(0, str(PROGRAMS if FORM is Form.WHEEL else PROGRAMS.parents[1]))
    from main import main as run

    end_program(run())
    return None


if __name__ == "__main__":
    sys.exit(main())
