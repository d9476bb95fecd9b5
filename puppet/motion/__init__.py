"""Motion transfer: apply the performer's motion, relative to a neutral pose, to the portrait.

`transfer` is the papers' motion transfer for learned keypoints, part of the public API.
"""

from puppet.motion.keypoint_transfer import transfer

__all__ = ["transfer"]
