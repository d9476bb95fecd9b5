"""Motion transfer: the performer's motion relative to a neutral pose, applied to the portrait and smoothed.

`transfer` is the papers' arithmetic for learned keypoints.
"""

from puppet.motion.keypoint_transfer import transfer

__all__ = ["transfer"]
