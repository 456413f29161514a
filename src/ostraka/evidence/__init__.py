"""Evidence: from checked pixels to fixed vectors, words and detections, in the extractor's jail."""

import os

# ONNX Runtime reports its use to its maker unless it is told not to before it is first imported,
# and every import of it here passes this line. Not a choice: pictures are nobody else's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
