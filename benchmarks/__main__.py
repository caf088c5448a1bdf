"""All benchmarks, one after the other: `python benchmarks`."""

import runpy
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    print(f"\n## {script.stem}", flush=True)
    runpy.run_path(str(script), run_name="__main__")
