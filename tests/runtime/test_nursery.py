"""What every pass is forked from: nothing that may be wrong can keep it from standing."""

import os
import subprocess
import sys
from pathlib import Path

from core.settings import ROOT


def test_a_mistake_in_a_territory_or_a_setting_keeps_no_pass_from_being_born(
    tmp_path: Path,
) -> None:
    (tmp_path / "99-nulle-part.toml").write_text("ceci n'est pas du TOML", encoding="utf-8")
    wrong = {"PND_TERRITORIES": str(tmp_path), "PND_LEASE_SECONDS": "longtemps"}

    prepared = subprocess.run(
        [sys.executable, "-c", "import flows.warm_pass"],
        cwd=ROOT,
        env=os.environ | wrong,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )

    assert prepared.returncode == 0, prepared.stderr
