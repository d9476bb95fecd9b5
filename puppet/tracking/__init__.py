"""Face tracking with MediaPipe's networks: picture in, 478 landmarks out."""
