"""Where the data of the tests lies."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
PAGES = ROOT / "tests" / "pages"
CAPTURES = ROOT / "captures"
