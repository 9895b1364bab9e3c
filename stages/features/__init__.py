"""What the networks see of the landmarks: layers on keras.ops that are part of every model."""
