"""What is true about images, labels and scores: no Qt, no TensorFlow."""
