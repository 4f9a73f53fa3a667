"""Where imports read from: files and folders of the server, row by row, resumable."""
