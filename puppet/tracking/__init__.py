"""Face tracking with MediaPipe: 478 landmarks of the face in a picture."""
