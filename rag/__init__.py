"""Questions about union policy in; statements with verified citations out."""

import os

# Idle OpenMP threads that spin slow torch and faiss tenfold on a busy office PC;
# the policy is read once, when either is first imported, so it is set before anything else.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
