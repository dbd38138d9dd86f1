"""Cloud Storage over plain folders: an object is a file that components may also write directly."""
