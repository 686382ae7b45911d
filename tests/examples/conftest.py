"""The examples import each other as siblings, as they do when a user runs one of them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
