"""`python -m puppet`: the same program as `python main.py`."""

import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as in main.py

from main import main

sys.exit(main())
