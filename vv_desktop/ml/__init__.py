"""Everything that touches TensorFlow or LiteRT: no Qt."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow starts: it talks to stderr below Python
