"""What leaves the app to be read without it: documents, and the formats that they are written in."""
