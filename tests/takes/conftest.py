"""Sessions, as for the tests of the live loop."""

from __future__ import annotations

from tests.live.conftest import open_session as open_session
