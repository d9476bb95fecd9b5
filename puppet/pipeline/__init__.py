"""The frame pipeline: `Puppeteer` takes a camera frame to a finished picture, without threads."""
