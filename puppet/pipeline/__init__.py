"""The frame pipeline: `Puppeteer` turns a camera frame into a finished picture, without threads."""
