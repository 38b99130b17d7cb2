"""``python -m tillpoint``."""

from __future__ import annotations

import sys

from tillpoint.cli import main

sys.exit(main())
