"""The web page, the reader and the HTTP API; they render what one Engine answers."""

import os

# Gradio reads this once, when its first page is built: nothing leaves the machine.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
