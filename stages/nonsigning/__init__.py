"""What people do with their hands before a camera when they do not sign, scripted over bodies of clips."""
