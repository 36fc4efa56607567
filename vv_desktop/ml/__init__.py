"""Everything that touches TensorFlow or LiteRT: no Qt."""
