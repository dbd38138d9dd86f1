"""`python -m tests.terraform.provider ARGUMENTS`: Terraform, with the providers served that have schemas and no cloud.

python -m tests.terraform.provider -chdir=terraform/environments/dev init -backend=false
python -m tests.terraform.provider -chdir=terraform/environments/dev validate
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.terraform.provider.serving import serving

with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as environment:
    sys.exit(subprocess.run(["terraform", *sys.argv[1:]], env={**os.environ, **environment}).returncode)
